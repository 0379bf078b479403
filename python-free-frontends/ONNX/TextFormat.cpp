//===- TextFormat.cpp - ONNX's textual syntax -------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "python-free-frontends/ONNX/ModelFile.h"

#include "onnx/defs/parser.h"

using namespace coppice::onnx_frontend;

bool coppice::onnx_frontend::parseTextModel(const char *text,
                                            ::onnx::ModelProto &model,
                                            std::string &error, unsigned &line,
                                            unsigned &column) {
  // Limit nested graphs, because the parser is recursive.
  unsigned depth = 0;
  for (const char *p = text; *p; ++p) {
    depth += *p == '{';
    depth -= *p == '}' && depth > 0;
    if (depth > 64) {
      error = "graphs nest more than 64 deep";
      return false;
    }
  }
  ::onnx::OnnxParser parser(text);
  auto place = [&] {
    std::string position = parser.GetCurrentPos();
    std::sscanf(position.c_str(), "(line: %u column: %u)", &line, &column);
  };
  // The parser throws on numbers out of range.
  try {
    ::onnx::Common::Status status = parser.Parse(model);
    if (status.IsOK() && parser.EndOfInput())
      return true;
    place();
    if (status.IsOK()) {
      error = "text after the end of the model";
      return false;
    }
    // `[ParseError at position ...]\nError context: ...\n<the message>`
    error = status.ErrorMessage();
    if (size_t end = error.rfind('\n'); end != std::string::npos)
      error = error.substr(end + 1);
    return false;
  } catch (const std::exception &) {
    place();
    error = "a number is missing or out of range";
    return false;
  }
}

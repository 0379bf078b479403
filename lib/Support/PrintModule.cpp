//===- PrintModule.cpp - Prints modules with short lines --------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Support/PrintModule.h"

using namespace mlir;
using namespace coppice;

static constexpr size_t kColumns = 100;

/// Returns the length of the text up to and with the first comma that is in at
/// most one pair of brackets, `depth` of which are open; all of it without one.
/// Updates `depth`.
static size_t findComma(StringRef text, int &depth) {
  bool isQuoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (isQuoted) {
      i += c == '\\';
      isQuoted = c != '"';
    } else if (c == '"') {
      isQuoted = true;
    } else if (StringRef("([{<").contains(c)) {
      ++depth;
    } else if (StringRef(")]}").contains(c) ||
               (c == '>' && (i == 0 || text[i - 1] != '-'))) {
      --depth;
    } else if (c == ',' && depth <= 1) {
      return i + 1;
    }
  }
  return text.size();
}

/// Prints one line, with a break after a comma where the next element of the
/// list would pass the last column.
static void printWrapped(raw_ostream &os, StringRef line) {
  size_t indent = line.size() - line.ltrim().size() + 4, column = 0;
  int depth = 0;
  while (!line.empty()) {
    size_t length = findComma(line, depth);
    if (column && column + length > kColumns) {
      os << "\n";
      os.indent(indent);
      column = indent;
      length -= line.size() - line.ltrim().size();
      line = line.ltrim();
    }
    os << line.take_front(length);
    column += length;
    line = line.drop_front(length);
  }
}

void coppice::printModule(raw_ostream &os, ModuleOp module,
                          const OpPrintingFlags &flags) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  module.print(stream, flags);
  StringRef rest = text;
  while (!rest.empty()) {
    auto [line, next] = rest.split('\n');
    StringRef start = line.ltrim();
    if (line.size() > kColumns &&
        (start.starts_with("func.func ") || start.starts_with("return ") ||
         start.starts_with("#")))
      printWrapped(os, line);
    else
      os << line;
    if (rest.size() > line.size())
      os << "\n";
    rest = next;
  }
}

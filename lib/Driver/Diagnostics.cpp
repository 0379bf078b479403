//===- Diagnostics.cpp - MLIR's diagnostics as the driver's errors -*- C++
//-*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Driver/Diagnostics.h"

#include "coppice/ONNX.h"
#include "lib/Support/UserError.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;

namespace coppice::driver {

static void collect(mlir::Location loc, SetVector<StringRef> &names,
                    std::string &position) {
  TypeSwitch<mlir::LocationAttr>(loc)
      .Case([&](mlir::NameLoc named) {
        names.insert(named.getName().strref());
        collect(named.getChildLoc(), names, position);
      })
      .Case([&](mlir::FusedLoc fused) {
        for (mlir::Location part : fused.getLocations())
          collect(part, names, position);
      })
      .Case([&](mlir::CallSiteLoc call) {
        collect(call.getCallee(), names, position);
      })
      .Case([&](mlir::FileLineColLoc file) {
        if (!position.empty())
          return;
        position = file.getFilename().str();
        if (file.getLine())
          position += ":" + std::to_string(file.getLine()) + ":" +
                      std::to_string(file.getColumn());
      });
}

std::string describeLocation(mlir::Location loc) {
  SetVector<StringRef> names;
  std::string position;
  collect(loc, names, position);
  std::string result = position;
  if (!names.empty()) {
    if (!result.empty())
      result += ": ";
    result += "'" + names.front().str() + "'";
  }
  if (names.size() > 1)
    result += " (node " + names[1].str() + ")";
  return result;
}

DiagnosticSink::DiagnosticSink(mlir::MLIRContext *context, std::string model)
    : model(std::move(model)),
      handler(context, [this](mlir::Diagnostic &d) { return handle(d); }) {}

mlir::LogicalResult DiagnosticSink::handle(mlir::Diagnostic &diagnostic) {
  std::string where = describeLocation(diagnostic.getLocation());
  // A name says nothing without its file.
  if (where.empty())
    where = model;
  else if (where.front() == '\'')
    where = model + ": " + where;
  std::string text = where + ": " + diagnostic.str();
  for (mlir::Diagnostic &note : diagnostic.getNotes()) {
    // MLIR attaches the op in its generic form, which helps no user.
    if (StringRef(note.str()).starts_with("see current operation"))
      continue;
    std::string place = describeLocation(note.getLocation());
    text += "\n  note: ";
    if (!place.empty() && note.getLocation() != diagnostic.getLocation())
      text += place + ": ";
    text += note.str();
  }
  if (diagnostic.getSeverity() == mlir::DiagnosticSeverity::Error) {
    errors.push_back(std::move(text));
    isUnsupported |= any_of(
        diagnostic.getMetadata(), [](const mlir::DiagnosticArgument &argument) {
          return argument.getKind() ==
                     mlir::DiagnosticArgument::DiagnosticArgumentKind::String &&
                 argument.getAsString() == kUnsupportedDiagnostic;
        });
  }
  if (diagnostic.getSeverity() == mlir::DiagnosticSeverity::Warning)
    errs() << "warning: " << text << "\n";
  if (diagnostic.getSeverity() == mlir::DiagnosticSeverity::Note)
    errs() << "note: " << text << "\n";
  return mlir::success();
}

Error DiagnosticSink::takeError() {
  if (errors.empty())
    return userError(model, "failed without saying why",
                     "this is a defect of the compiler; please report it");
  // A broken module reports the same thing many times.
  constexpr size_t limit = 20;
  std::string text;
  std::vector<std::string> unique;
  for (const std::string &message : errors)
    if (!is_contained(unique, message))
      unique.push_back(message);
  for (auto [i, message] : enumerate(unique)) {
    if (i == limit) {
      text +=
          "\n  note: and " + std::to_string(unique.size() - limit) + " more";
      break;
    }
    text += (i ? "\n  also: " : "") + message;
  }
  errors.clear();
  return std::exchange(isUnsupported, false) ? unsupportedError("", text)
                                             : userError("", text);
}

} // namespace coppice::driver

//===- Diagnostics.cpp - MLIR's diagnostics as user errors ------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Runtime/Diagnostics.h"

#include "coppice/ONNX.h"
#include "lib/Support/UserError.h"
#include "mlir/IR/Remarks.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/SmallVectorExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/raw_ostream.h"

#include <mutex>

using namespace llvm;

namespace coppice::runtime {

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

SmallVector<StringRef> getNames(mlir::Location loc) {
  SetVector<StringRef> names;
  std::string position;
  collect(loc, names, position);
  return to_vector(names);
}

/// Collects remarks, which arrive from several threads and in any order of
/// functions.
class RemarkLog {
public:
  RemarkLog(std::string model, ArrayRef<RemarkCategory> categories)
      : model(std::move(model)),
        shown(map_to_vector(categories,
                            [](RemarkCategory c) { return stringify(c); })) {}

  void add(const mlir::remark::detail::Remark &remark) {
    RemarkReport report{remark.getRemarkName().str(),
                        remark.getFunction().str(),
                        describeLocation(remark.getLocation()), ""};
    for (const auto &argument : remark.getArgs())
      report.reason += (report.reason.empty() ? "" : " ") + argument.val;
    std::lock_guard<std::mutex> lock(mutex);
    // A remark on a function is located in the model's file, whose name is
    // printed already.
    std::string place = report.place == model ? "" : report.place + ": ";
    std::string text =
        report.function + ": " + place + report.name + ": " + report.reason;
    // One op may become many ops that have the same reason.
    if (!known.insert(text).second)
      return;
    StringRef category = remark.getCategoryName();
    if (is_contained(shown, category))
      errs() << "remark: " << model << ": " << text << "\n";
    // A report lists slow paths alone.
    if (category == stringify(RemarkCategory::SlowPath))
      list.push_back(std::move(report));
  }

  std::vector<RemarkReport> get() {
    std::lock_guard<std::mutex> lock(mutex);
    std::vector<RemarkReport> sorted = list;
    stable_sort(sorted, [](const RemarkReport &a, const RemarkReport &b) {
      return a.function < b.function;
    });
    return sorted;
  }

private:
  std::string model;
  SmallVector<StringRef> shown;
  std::mutex mutex;
  StringSet<> known;
  std::vector<RemarkReport> list;
};

namespace {
struct LogStreamer : mlir::remark::detail::MLIRRemarkStreamerBase {
  explicit LogStreamer(std::shared_ptr<RemarkLog> log) : log(std::move(log)) {}
  void
  streamOptimizationRemark(const mlir::remark::detail::Remark &r) override {
    log->add(r);
  }
  std::shared_ptr<RemarkLog> log;
};
} // namespace

DiagnosticSink::DiagnosticSink(mlir::MLIRContext *context, std::string model,
                               ArrayRef<RemarkCategory> shown)
    : model(std::move(model)),
      remarks(std::make_shared<RemarkLog>(this->model, shown)),
      handler(context, [this](mlir::Diagnostic &d) { return handle(d); }) {
  // A kind without a category is off, even with `all`, so that the text of
  // hidden remarks is never built.
  mlir::remark::RemarkCategories categories;
  categories.missed = ".*";
  if (!shown.empty())
    categories.passed =
        "^(" +
        join(map_range(shown, [](RemarkCategory c) { return stringify(c); }),
             "|") +
        ")$";
  // This fails only if a file cannot be opened, and no file is given.
  (void)mlir::remark::enableOptimizationRemarks(
      *context, std::make_unique<LogStreamer>(remarks),
      std::make_unique<mlir::remark::RemarkEmittingPolicyAll>(), categories);
}

std::vector<RemarkReport> DiagnosticSink::getRemarks() const {
  return remarks->get();
}

mlir::LogicalResult DiagnosticSink::handle(mlir::Diagnostic &diagnostic) {
  std::string where = describeLocation(diagnostic.getLocation());
  // A note without a location has no file to name.
  if (where.empty())
    where = model;
  else if (where.front() == '\'')
    where = model + ": " + where;
  std::string text = where + ": " + diagnostic.str();
  for (mlir::Diagnostic &note : diagnostic.getNotes()) {
    // MLIR attaches the op in generic form, which does not help users.
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
    return userError(model, "failed without an error message",
                     "this is a defect of the compiler; please report it");
  // A broken module may report the same error many times.
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

} // namespace coppice::runtime

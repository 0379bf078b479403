//===- ReportCommand.cpp - coppice report -*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "coppice/Report.h"
#include "lib/Driver/CommandLine.h"
#include "lib/Driver/ModelFlags.h"
#include "lib/Runtime/AutoUpdate.h"
#include "lib/Runtime/Session.h"
#include "lib/Support/Count.h"
#include "lib/Support/OutputFile.h"
#include "lib/Support/UserError.h"
#include "tools/coppice/Commands.h"
#include "llvm/Support/FormatVariadic.h"

using namespace llvm;
using namespace coppice;
using namespace coppice::driver;
using namespace coppice::runtime;

/// Returns the settings that the bytes of the report depend on.
static std::vector<std::pair<std::string, std::string>>
listSettings(std::optional<int64_t> batch, const StepOptions &step) {
  std::vector<std::pair<std::string, std::string>> settings;
  if (batch)
    settings.emplace_back("batch", std::to_string(*batch));
  if (step.update.empty()) {
    settings.emplace_back("inference", "alone");
    return settings;
  }
  settings.emplace_back("loss", train::stringifyLoss(step.loss));
  settings.emplace_back("optimizer", step.optimizer);
  settings.emplace_back("update", step.update);
  return settings;
}

static void print(const MemoryReport &report, std::optional<int64_t> batch) {
  if (batch)
    outs() << "batch " << *batch << "\n";
  int64_t macs = 0;
  for (const LayerReport &layer : report.layers)
    macs += layer.macs;
  outs() << formatv("{0}, {1}\n", countOf(report.layers.size(), "layer"),
                    countOf(macs, "multiply-accumulate"));
  for (const EntryReport &entry : report.entries)
    outs() << formatv("{0,-10} arena {1,10} bytes, lower bound {2,10}\n",
                      entry.name, entry.arenaBytes, entry.lowerBoundBytes);
  outs() << formatv("state      {0,16} bytes\nflash      {1,16} bytes\n",
                    report.stateBytes, report.flashBytes);
  if (!report.saved.empty())
    outs() << formatv("saved      {0,16} bytes in {1} for the backward pass\n",
                      report.getSavedBytes(),
                      countOf(report.saved.size(), "tensor"));
  if (!report.remarks.empty())
    outs() << formatv("remarks    {0,16} slow path{1}; --remarks, --json and "
                      "--html list {2}\n",
                      report.remarks.size(),
                      report.remarks.size() == 1 ? "" : "s",
                      report.remarks.size() == 1 ? "it" : "them");
}

Error tool::report(Arguments arguments) {
  ModelOptions model;
  StepOptions step;
  ImageOptions image;
  AutoOptions automatic;
  std::string json, html;
  CommandLine flags(
      "coppice report", "MODEL [--update=full] [--json=FILE] [--html=FILE]",
      "Reports the needs of a model: multiply-accumulates and bytes of "
      "each layer, tensors saved\nfor the backward pass, the "
      "arena of each entry point beside its lower bound.");
  flags.positional("MODEL", model.path);
  flags.section("result");
  flags.text("json", "FILE", json, "write the whole report (- for stdout)");
  flags.text("html", "FILE", html,
             "write a page with the arena and memory over time, drawn");
  addStepFlags(flags, step);
  addAutoFlags(flags, automatic);
  addImageFlags(flags, image);
  addModelFlags(flags, model);
  // These flags change numbers in a step, but not its bytes.
  flags.unlist({"beta1", "beta2", "epsilon", "progress"});
  Expected<bool> help = flags.parse(arguments, outs());
  if (!help || *help)
    return help.takeError();
  if (Error error = checkOptionalStep(step, flags))
    return error;
  if (Error error = check(automatic, model, step, flags, /*hasImages=*/false))
    return error;
  if (Error error =
          checkOutputs({{"--json", json},
                        {"--html", html},
                        {"--save-scheme", automatic.saveScheme}},
                       {model.path, automatic.images, automatic.labels}))
    return error;

  Expected<Session> session = Session::open(model);
  if (!session)
    return session.takeError();
  if (Error error = checkQuantizedStep(step, session->getModule()))
    return error;
  std::optional<int64_t> batch = session->getBatch();
  bool toStdout = json == "-" || html == "-";
  auto choice = resolveAuto(model, step, image, automatic,
                            toStdout || model.quiet ? nulls() : outs());
  if (!choice)
    return choice.takeError();
  MemoryReport memory;
  memory.settings = listSettings(batch, step);
  CompileOptions options = compileOptions(model);
  if (!step.update.empty())
    applyStep(step, options);
  options.afterPhase = [&](Phase, mlir::ModuleOp module) {
    collect(module, memory);
  };
  if (Error error = session->lower(Phase::Plan, options))
    return error;
  memory.remarks = session->getRemarks();
  if (Error error = saveScheme(*choice, model.path, automatic))
    return error;
  if (!toStdout)
    print(memory, batch);
  if (!html.empty())
    if (Error error = writeFile(html, toHTML(memory)))
      return error;
  if (json.empty())
    return Error::success();
  return writeFile(json, [&](raw_ostream &os) {
    llvm::json::Value value = toJSON(memory);
    if (batch)
      (*value.getAsObject())["batch"] = *batch;
    if (*choice)
      (*value.getAsObject())["update"] = toJSON(**choice);
    os << formatv("{0:2}\n", value);
    return Error::success();
  });
}

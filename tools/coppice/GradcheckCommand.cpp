//===- GradcheckCommand.cpp - coppice gradcheck -*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Driver/CommandLine.h"
#include "lib/Driver/ModelFlags.h"
#include "lib/Runtime/AutoUpdate.h"
#include "lib/Runtime/FunctionCheck.h"
#include "lib/Runtime/Gradcheck.h"
#include "lib/Runtime/Npy.h"
#include "lib/Runtime/Session.h"
#include "lib/Support/Count.h"
#include "lib/Support/OutputFile.h"
#include "lib/Support/UserError.h"
#include "tools/coppice/Commands.h"
#include "tools/coppice/GradcheckTable.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Path.h"

#include <cmath>

using namespace llvm;
using namespace coppice;
using namespace coppice::driver;
using namespace coppice::runtime;
using coppice::tool::GradcheckRow;
using coppice::tool::GradcheckTable;

namespace {
struct Request {
  ModelOptions model;
  StepOptions step;
  ImageOptions image;
  std::string input, label, images, labels, dump, reference, json, functions;
  int64_t samples = 8, seed = 0;
  double tolerance = 1e-4;
};

/// The tensors that `@gradients` takes.
struct Batch {
  HostTensor input, labels;
  size_t outputs = 0; // that the model has

  SmallVector<const HostTensor *> arrange(const Program &program) const {
    return program.entry(EntryKind::Gradients)
        .arrange({{EntryRole::input, &input}, {EntryRole::label, &labels}});
  }
};
} // namespace

static void addFlags(CommandLine &flags, Request &request) {
  flags.section("data");
  flags.text("input", "FILE.npy", request.input,
             "a batch in the model's layout, preprocessed");
  flags.text("label", "FILE.npy", request.label, "its labels");
  flags.text("images", "FILE.npy", request.images,
             "instead: a set, of which the first --batch images are taken");
  flags.text("labels", "FILE.npy", request.labels, "its labels");
  addImageFlags(flags, request.image);
  flags.section("check");
  flags.text("functions", "FILE.mlir", request.functions,
             "instead of a model: every function of the file");
  flags.integer("samples", "N", request.samples, 0, 1 << 30,
                "elements drawn of each parameter (default 8); 0 leaves\n"
                "finite differences out, for --dump or --reference alone");
  flags.integer("seed", "N", request.seed, 0, INT64_MAX, "of that choice");
  flags.real("tolerance", "E", request.tolerance, 0,
             "largest relative error (default 1e-4)");
  flags.text("dump", "DIR", request.dump,
             "write DIR/grad/<parameter>.npy and, of a quantized model, "
             "DIR/codes/<value>.npy, in the file's layout");
  flags.text("reference", "DIR", request.reference,
             "compare with DIR/<parameter>.npy too");
  flags.text("json", "FILE", request.json, "write the table (- for stdout)");
  addStepFlags(flags, request.step);
  addModelFlags(flags, request.model, /*openBatch=*/1);
  // The command makes no update.
  flags.unlist({"optimizer", "momentum", "nesterov", "beta1", "beta2",
                "epsilon", "weight-decay", "accumulate", "weights", "rounding",
                "qas", "gradients", "loss-scale", "progress"});
}

static Expected<HostTensor> readBatch(StringRef path) {
  Expected<HostTensor> tensor = readNpy(path);
  if (tensor && (tensor->getShape().empty() || tensor->size() == 0))
    return userError(path, "holds no batch", "its first extent is the batch");
  return tensor;
}

/// Loads the batch for a program's `@gradients`: floats as f64, integers
/// unchanged.
static Expected<Batch> loadBatch(const Request &request,
                                 const Session &session) {
  const EntryInfo &signature = session.getSignature();
  ArrayRef<int64_t> shape = signature.inputs.front().shape;
  ElementKind inputKind = signature.inputs.front().kind;
  if (isFloat(inputKind))
    inputKind = ElementKind::F64;
  Batch batch;
  auto fillLabels = [&](const LabelSet &labels) {
    batch.labels =
        labels.areClasses()
            ? HostTensor(ElementKind::I64, shape.take_front())
            : HostTensor(ElementKind::F64, signature.outputs.front().shape);
    for (int64_t i = 0; i < shape.front(); ++i)
      labels.fill(i, i, batch.labels);
  };
  if (!request.images.empty()) {
    Expected<DataSet> data = session.loadData(request.images, request.labels,
                                              request.image, request.step.loss);
    if (!data)
      return data.takeError();
    if (data->images.size() < shape.front())
      return userError(request.images,
                       "holds " + countOf(data->images.size(), "image") +
                           ", fewer than the batch of " + Twine(shape.front()),
                       "give more images, or a smaller --batch");
    batch.input = HostTensor(inputKind, shape);
    for (int64_t i = 0; i < shape.front(); ++i)
      data->images.fill(i, /*flip=*/false, i, batch.input);
    fillLabels(data->labels);
    return std::move(batch);
  }
  if (Error error = session.checkLoss(request.step.loss))
    return std::move(error);
  Expected<HostTensor> input = session.loadInput(request.input);
  if (!input)
    return input.takeError();
  Expected<LabelSet> labels = session.loadLabels(
      request.label, {shape.front(), request.input}, request.step.loss);
  if (!labels)
    return labels.takeError();
  batch.input = input->convert(inputKind);
  fillLabels(*labels);
  return std::move(batch);
}

/// Compiles `@gradients` in f32 or f64, and returns gradients in the file's
/// layout with their names.
static Expected<std::unique_ptr<Program>>
compile(const Request &request, bool useF64, std::optional<Batch> &batch) {
  Expected<Session> session = Session::open(request.model);
  if (!session)
    return session.takeError();
  if (Error error = checkQuantizedStep(request.step, session->getModule()))
    return std::move(error);
  if (session->getSignature().inputs.size() != 1 ||
      session->getSignature().outputs.empty())
    return userError(request.model.path,
                     "gradcheck needs one input and an output");
  if (!batch) {
    Expected<Batch> loaded = loadBatch(request, *session);
    if (!loaded)
      return loaded.takeError();
    batch = std::move(*loaded);
    batch->outputs = session->getSignature().outputs.size();
  }
  CompileOptions options = compileOptions(request.model);
  applyStep(request.step, options);
  options.train.gradients = stepPipeline(request.step, /*gradients=*/true);
  options.useF64 = useF64;
  options.exposeCodes = !useF64 && !request.dump.empty();
  return session->compile(options);
}

/// Returns a file's name, with `_` in place of `/`.
static std::string fileName(StringRef folder, StringRef name) {
  std::string file = name.str();
  std::replace(file.begin(), file.end(), '/', '_');
  SmallString<128> path(folder);
  sys::path::append(path, file + ".npy");
  return path.str().str();
}

/// Returns |a - b| / |b|, over all elements.
static double relativeError(const HostTensor &a, const HostTensor &b) {
  double difference = 0, norm = 0;
  for (int64_t i = 0; i < a.size(); ++i) {
    double x = a.getAsDouble(i), y = b.getAsDouble(i);
    difference += (x - y) * (x - y);
    norm += y * y;
  }
  return norm > 0 ? std::sqrt(difference / norm) : std::sqrt(difference);
}

/// Writes the codes of a quantized model, which `@infer` returns after the
/// model's own `outputs`.
static Error dumpCodes(const Request &request, Program &program, size_t outputs,
                       AlignedBuffer &state, const HostTensor &input) {
  SmallVector<HostTensor> results = program.createOutputs(EntryKind::Inference);
  if (results.size() <= outputs)
    return Error::success();
  std::string folder = request.dump + "/codes";
  if (std::error_code code = sys::fs::create_directories(folder))
    return fileError(folder, "create", code);
  if (Error error = program.run(EntryKind::Inference, {&input}, results, state))
    return error;
  const EntryInfo &info = program.entry(EntryKind::Inference);
  for (size_t i = outputs; i < results.size(); ++i)
    if (Error error =
            writeNpy(fileName(folder, info.outputs[i].name), results[i]))
      return error;
  return Error::success();
}

namespace {
/// The result for each parameter of the program in f64.
struct ExactCheck {
  std::vector<GradientReport> reports;
  Gradients gradients;
};
} // namespace

static Expected<ExactCheck> checkExactly(const Request &request,
                                         std::optional<Batch> &batch) {
  auto program = compile(request, /*useF64=*/true, batch);
  if (!program)
    return program.takeError();
  SmallVector<const HostTensor *> inputs = batch->arrange(**program);
  auto reports =
      checkGradients(**program, inputs, request.samples, request.seed);
  if (!reports)
    return reports.takeError();
  AlignedBuffer state = (*program)->createState();
  auto gradients = computeGradients(**program, state, inputs);
  if (!gradients)
    return gradients.takeError();
  return ExactCheck{std::move(*reports), std::move(*gradients)};
}

static Expected<GradcheckTable> makeTable(const Request &request) {
  std::optional<Batch> batch;
  std::optional<ExactCheck> exact;
  if (request.samples) {
    auto check = checkExactly(request, batch);
    if (!check)
      return check.takeError();
    exact = std::move(*check);
  }
  auto single = compile(request, /*useF64=*/false, batch);
  if (!single)
    return single.takeError();

  const EntryInfo &info = (*single)->entry(EntryKind::Gradients);
  Batch batch32{batch->input.convert(info.getInput(EntryRole::input).kind),
                batch->labels.convert(info.getInput(EntryRole::label).kind)};
  AlignedBuffer state = (*single)->createState();
  auto gradients = computeGradients(**single, state, batch32.arrange(**single));
  if (!gradients)
    return gradients.takeError();

  if (!request.dump.empty())
    if (Error error =
            dumpCodes(request, **single, batch->outputs, state, batch32.input))
      return std::move(error);
  if (!request.dump.empty())
    if (std::error_code code =
            sys::fs::create_directories(request.dump + "/grad"))
      return fileError(request.dump, "create", code);
  GradcheckTable table;
  table.tolerance = request.tolerance;
  table.hasDifferences = request.samples != 0;
  table.hasReference = !request.reference.empty();
  if (!batch->input.getShape().empty())
    table.batch = batch->input.getShape().front();
  for (auto [i, gradient] : enumerate(gradients->values)) {
    const ParameterInfo *parameter =
        gradientParameter(**single, gradients->infos[i]);
    GradcheckRow row;
    if (exact) {
      row.report = exact->reports[i];
      row.f32Error = relativeError(gradient, exact->gradients.values[i]);
    } else {
      row.report.name =
          parameter ? parameter->getName().str() : gradients->infos[i].name;
      row.report.elements = gradient.size();
      row.report.approximate = gradients->infos[i].approximate;
    }
    HostTensor inFile =
        toFileLayout(gradient, parameter ? ArrayRef(parameter->layout)
                                         : ArrayRef<int64_t>());
    if (!request.dump.empty())
      if (Error error = writeNpy(
              fileName(request.dump + "/grad", row.report.name), inFile))
        return std::move(error);
    if (!request.reference.empty()) {
      std::string path = fileName(request.reference, row.report.name);
      Expected<HostTensor> reference = readNpy(path);
      if (!reference)
        return reference.takeError();
      if (reference->getShape() != inFile.getShape())
        return userError(path, "has shape " +
                                   formatShape(reference->getShape()) +
                                   " where the gradient has " +
                                   formatShape(inFile.getShape()));
      row.reference = relativeError(inFile, *reference);
    }
    table.rows.push_back(std::move(row));
  }
  return std::move(table);
}

static Error checkModel(Request &request) {
  if (request.images.empty()) {
    Expected<HostTensor> input = readBatch(request.input);
    if (!input)
      return input.takeError();
    if (request.model.shapes.empty())
      request.model.batch = input->getShape().front();
  }
  auto table = makeTable(request);
  if (!table)
    return table.takeError();
  Error verdict = table->judge();
  if (request.json != "-" && !request.model.quiet) {
    table->print();
    if (table->hasDifferences || table->hasReference)
      table->printVerdict(/*passes=*/!verdict);
  }
  if (!request.json.empty())
    if (Error error = table->writeJson(request.json))
      return joinErrors(std::move(verdict), std::move(error));
  return verdict;
}

/// Print one line for each argument of a function, and all failures before the
/// error.
static Error checkFile(const Request &request) {
  auto reports =
      checkFunctions(request.functions, request.samples, request.seed);
  if (!reports)
    return reports.takeError();
  int64_t checked = 0, kinks = 0, wrong = 0;
  for (const GradientReport &report : *reports) {
    checked += report.checked;
    kinks += report.kinks;
    bool bad = !(report.maxError <= request.tolerance) || report.checked == 0;
    wrong += bad;
    if (bad || !request.model.quiet)
      outs() << formatv("{0} {1,-32} {2,4} checked {3,3} kinks  {4:e2}\n",
                        bad ? "WRONG" : "ok   ", report.name, report.checked,
                        report.kinks, report.maxError);
  }
  outs() << formatv("{0}, {1}, {2} skipped, {3} wrong\n",
                    countOf(reports->size(), "gradient"),
                    countOf(checked, "element"), countOf(kinks, "kink"), wrong);
  outs().flush();
  if (reports->empty())
    return userError(request.functions, "has no gradient to check",
                     "write functions of float tensors that return one");
  if (wrong)
    return userError(request.functions,
                     countOf(wrong, "gradient") +
                         (wrong == 1 ? " differs" : " differ") +
                         " from finite differences");
  return Error::success();
}

Error tool::gradcheck(Arguments arguments) {
  Request request;
  bool functions = any_of(arguments, [](StringRef argument) {
    return argument.starts_with("--functions");
  });
  CommandLine flags(
      "coppice gradcheck", "MODEL --input FILE --label FILE ...",
      "Compares the gradient of the loss with finite differences in f64, for "
      "every\ntrainable parameter. An element whose step crosses a kink of the "
      "loss (ReLU,\nmax pooling) is skipped and counted. f32 error is the "
      "distance of "
      "the\ncompiled f32 gradient from that in f64; of a quantized model the "
      "latter has no\nrounding, so that rounding shows there.");
  if (!functions)
    flags.positional("MODEL", request.model.path);
  addFlags(flags, request);
  Expected<bool> help = flags.parse(arguments, outs());
  if (!help || *help)
    return help.takeError();
  if (request.samples == 0 && request.dump.empty() && request.reference.empty())
    return userError("--samples=0", "leaves nothing to check",
                     "add --dump=DIR or --reference=DIR, or raise it");
  if (functions)
    return checkFile(request);
  for (StringRef one : {"input", "label"})
    for (StringRef other : {"images", "labels"})
      if (flags.given(one) && flags.given(other))
        return userError("--" + one, "and --" + other + " exclude each other",
                         "give --input and --label, or --images and --labels");
  if (request.images.empty()) {
    if (Error error = flags.require({"input", "label"}))
      return error;
  } else if (Error error = flags.require({"images", "labels"})) {
    return error;
  }
  if (Error error = check(request.step, flags))
    return error;
  if (Error error = checkNotAuto(request.step))
    return error;
  return checkModel(request);
}

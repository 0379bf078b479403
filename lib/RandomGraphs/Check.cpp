//===- Check.cpp - Compares graphs with the reference -----------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/RandomGraphs/Case.h"

#include "dialects/Train/Analysis/Layers.h"
#include "dialects/Train/IR/Train.h"
#include "dialects/Train/Transforms/Passes.h"
#include "lib/RandomGraphs/Compare.h"
#include "lib/RandomGraphs/Slopes.h"
#include "lib/Reference/Codes.h"
#include "lib/Reference/HostTensors.h"
#include "lib/Reference/Interpreter.h"
#include "lib/Runtime/Random.h"
#include "lib/Runtime/Session.h"
#include "lib/Support/UserError.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Support/xxhash.h"

using namespace llvm;
using namespace coppice;
using namespace coppice::random_graphs;
using reference::Parameters;
using reference::ReferenceTensor;
using runtime::HostTensor;

HostTensor random_graphs::makeInput(const Case &subject, StringRef name,
                                    ElementKind kind, ArrayRef<int64_t> shape) {
  runtime::Random random(subject.seed, xxh3_64bits(name));
  double low = -1, high = 1;
  for (const Value &value : subject.graph.inputs)
    if (value.name == name)
      low = value.low, high = value.high;
  HostTensor tensor(kind, shape);
  for (int64_t i = 0; i < tensor.size(); ++i) {
    if (runtime::isFloat(kind))
      tensor.set(i, static_cast<float>(random.uniform(low, high)));
    else if (kind == ElementKind::Bool)
      tensor.set(i, static_cast<double>(random.below(2)));
    else
      tensor.set(i, low + static_cast<double>(random.below(
                              static_cast<uint64_t>(high - low) + 1)));
  }
  return tensor;
}

namespace {
/// Compares one entry point of the compiled program with the function that it
/// was.
class EntryCheck {
public:
  EntryCheck(const Case &subject, runtime::Program &program, StringRef entry,
             mlir::func::FuncOp function)
      : subject(subject), program(program), entry(entry), function(function) {}

  Error run();

  bool hasReference = true;
  std::string missing;
  /// The difference found; empty if there is none.
  std::string difference;

private:
  void makeInputs();
  Error runReference();
  bool compareAll();
  void checkGradients();
  bool isStep() const { return program.entry(entry).kind == EntryKind::Step; }

  const Case &subject;
  runtime::Program &program;
  StringRef entry;
  mlir::func::FuncOp function;

  SmallVector<HostTensor> inputs, outputs;
  runtime::AlignedBuffer state;
  /// The results of each run of the reference. The first run is exact.
  std::vector<std::vector<ReferenceTensor>> results;
  std::vector<Parameters> parameters;
};
} // namespace

void EntryCheck::makeInputs() {
  const runtime::EntryInfo &info = program.entry(entry);
  for (auto [i, input] : enumerate(info.inputs)) {
    HostTensor tensor = makeInput(subject, input.name, input.kind, input.shape);
    if (input.role == EntryRole::hyper)
      tensor.set(0, subject.step->learningRate);
    if (input.role == EntryRole::label && !runtime::isFloat(input.kind)) {
      // Draw labels: classes of the first output.
      runtime::Random random(subject.seed, 1);
      const runtime::TensorInfo &scores = info.outputs[1];
      int64_t classes = scores.shape.empty() ? 1 : scores.shape.back();
      for (int64_t j = 0; j < tensor.size(); ++j)
        tensor.set(j, static_cast<double>(random.below(classes)));
    }
    inputs.push_back(std::move(tensor));
  }
}

Error EntryCheck::runReference() {
  std::vector<ReferenceTensor> tensors;
  for (const HostTensor &input : inputs)
    tensors.push_back(reference::toReference(input));
  reference::InterpreterOptions options;
  if (!results.empty())
    options.perturbation = results.size();
  Parameters values;
  auto got = reference::interpret(function, tensors, values, options);
  if (!got)
    return got.takeError();
  results.push_back(std::move(*got));
  parameters.push_back(std::move(values));
  return Error::success();
}

bool EntryCheck::compareAll() {
  difference.clear();
  for (auto [i, output] : enumerate(outputs)) {
    SmallVector<const ReferenceTensor *> runs;
    for (const auto &result : results)
      runs.push_back(&result[i]);
    std::string text = compare(output, runs);
    if (!text.empty() && difference.empty())
      difference = (entry + ": result '" +
                    program.entry(entry).outputs[i].name + "' " + text)
                       .str();
  }
  if (!isStep() || !difference.empty())
    return difference.empty();
  mlir::SymbolTable symbols(function->getParentOfType<mlir::ModuleOp>());
  for (const runtime::ParameterInfo &info : program.getParameters()) {
    if (!parameters.front().contains(info.symbol))
      continue;
    HostTensor value(info.kind, info.shape);
    std::copy_n(state.data() + info.offset, value.bytes(), value.data());
    auto op = symbols.lookup<train::ParameterOp>(info.symbol);
    auto quantized = op ? lowp::getQuantizedType(op.getValueType())
                        : mlir::quant::QuantizedType();
    SmallVector<ReferenceTensor> codes;
    for (const Parameters &run : parameters) {
      codes.push_back(run.find(info.symbol)->second);
      if (quantized) {
        codes.back().integers = reference::encode(codes.back(), quantized);
        codes.back().reals.assign(codes.back().integers.begin(),
                                  codes.back().integers.end());
      }
    }
    SmallVector<const ReferenceTensor *> runs;
    for (const ReferenceTensor &run : codes)
      runs.push_back(&run);
    std::string text = compare(value, runs);
    if (!text.empty()) {
      difference = ("train: the new '" + info.getName() + "' " + text).str();
      return false;
    }
  }
  return true;
}

void EntryCheck::checkGradients() {
  if (!isStep())
    return;
  const runtime::StepOptions &step = subject.step->options;
  if (step.optimizer != "sgd" || step.momentum != 0 || step.weightDecay != 0 ||
      step.accumulate != 1 || step.gradients != "f32")
    return;
  std::vector<ReferenceTensor> tensors;
  for (const HostTensor &input : inputs)
    tensors.push_back(reference::toReference(input));
  difference = checkSlopes(function, tensors, subject.seed);
}

/// The number of runs with other roundings, and the number if the first ones
/// say that the results differ.
static constexpr size_t kRuns = 4, kRunsOfDoubt = 48;

Error EntryCheck::run() {
  makeInputs();
  state = program.createState();
  outputs = program.createOutputs(entry);
  SmallVector<const HostTensor *> pointers;
  for (const HostTensor &input : inputs)
    pointers.push_back(&input);
  if (Error error = program.run(entry, pointers, outputs, state))
    return error;
  for (size_t limit : {kRuns, kRunsOfDoubt}) {
    while (results.size() < limit)
      if (Error error = runReference()) {
        hasReference = false;
        missing = toString(std::move(error));
        return Error::success();
      }
    if (compareAll()) {
      checkGradients();
      return Error::success();
    }
  }
  return Error::success();
}

//===----------------------------------------------------------------------===//
// One case
//===----------------------------------------------------------------------===//

static Outcome refuse(Error error, Outcome outcome = {}) {
  outcome.verdict =
      error.isA<UnsupportedError>() ? Verdict::notSupported : Verdict::refused;
  outcome.message = toString(std::move(error));
  return outcome;
}

static Expected<runtime::Session>
open(const Graph &graph, StringRef path,
     std::shared_ptr<mlir::MLIRContext> context) {
  std::error_code problem;
  raw_fd_ostream file(path, problem);
  file << graph.print();
  file.close();
  if (problem)
    return fileError(path, "write", problem);
  runtime::ModelOptions model;
  model.path = path.str();
  return runtime::Session::open(model, std::move(context));
}

/// Returns the graph to compile.
static Graph swapped(Graph graph,
                     const std::pair<std::string, std::string> &swap) {
  for (Node &node : graph.nodes)
    if (node.op == swap.first)
      node.op = swap.second;
  return graph;
}

/// Drops notes and remarks: decisions of the compiler are not failures.
static mlir::LogicalResult dropNote(mlir::Diagnostic &diagnostic) {
  auto severity = diagnostic.getSeverity();
  return mlir::success(severity == mlir::DiagnosticSeverity::Note ||
                       severity == mlir::DiagnosticSeverity::Warning);
}

/// Returns `--update` for the layers of `module`.
static std::string chooseUpdate(mlir::ModuleOp module, const StepChoice &step) {
  mlir::func::FuncOp infer = runtime::findInference(module);
  mlir::Block &body = infer.front();
  SmallVector<train::Layer> layers =
      train::findLayers(body, body.getTerminator()->getOperand(0));
  if (layers.empty() || step.portion == Portion::full)
    return "full";
  train::Layer classifier = layers.pop_back_val();
  if (step.portion == Portion::head || layers.empty())
    return "head";
  if (step.portion == Portion::bias)
    return "bias";
  std::string update =
      formatv("{{bias: {0}", 1 + step.draw % layers.size()).str();
  // A weight that the classifier shares, or one without channels, is trained as
  // a whole.
  train::Layer layer = layers.back();
  if (layer.weight != classifier.weight && layer.channelAxis &&
      layer.weight.getValueType().getDimSize(*layer.channelAxis) > 0)
    update +=
        formatv(", weights: [{{layer: {0}, channels: [0]}]", layers.size() - 1);
  return update + "}";
}

Outcome random_graphs::check(const Case &subject, StringRef path,
                             std::shared_ptr<mlir::MLIRContext> context) {
  Expected<runtime::Session> session =
      open(swapped(subject.graph, subject.swap), path, std::move(context));
  if (!session)
    return refuse(session.takeError());
  mlir::ScopedDiagnosticHandler quiet(session->getContext(), dropNote);
  // The reference interprets the functions as the importer and the train phase
  // leave them.
  std::optional<runtime::Session> plain;
  mlir::OwningOpRef<mlir::ModuleOp> copy;
  if (!subject.swap.first.empty()) {
    Expected<runtime::Session> opened =
        open(subject.graph, path, runtime::createContext());
    if (!opened)
      return refuse(opened.takeError());
    plain = std::move(*opened);
  } else {
    copy = session->getModule().clone();
  }
  mlir::ModuleOp imported = plain ? plain->getModule() : *copy;
  // Inference leaves dropouts out.
  mlir::PassManager evaluation(imported.getContext());
  evaluation.addNestedPass<mlir::func::FuncOp>(
      train::createTrainRemoveDropout());
  if (failed(evaluation.run(imported)))
    return refuse(plain ? plain->takeError() : session->takeError());
  runtime::ModelOptions model;
  model.path = path.str();
  CompileOptions options = runtime::compileOptions(model);
  Outcome outcome;
  if (subject.step) {
    runtime::StepOptions step = subject.step->options;
    step.update = "full";
    runtime::applyStep(step, options);
    if (subject.step->portion != Portion::full) {
      // Some layers are folded into constants, and a scheme counts the
      // remaining ones.
      Expected<runtime::Session> folded = open(
          swapped(subject.graph, subject.swap), path, runtime::createContext());
      if (!folded)
        return refuse(folded.takeError());
      mlir::ScopedDiagnosticHandler silent(folded->getContext(), dropNote);
      if (Error error = folded->lower(Phase::Quant, options))
        return refuse(std::move(error));
      step.update = chooseUpdate(folded->getModule(), *subject.step);
      runtime::applyStep(step, options);
    }
    outcome.update = step.update;
  }
  mlir::OwningOpRef<mlir::ModuleOp> trained;
  options.afterPhase = [&](Phase phase, mlir::ModuleOp current) {
    if (phase == Phase::Train && subject.step)
      trained = current.clone();
  };
  auto program = session->compile(options);
  if (!program)
    return refuse(program.takeError(), std::move(outcome));

  for (EntryKind kind : {EntryKind::Inference, EntryKind::Step}) {
    StringRef entry = (*program)->find(kind);
    if (entry.empty())
      continue;
    bool isStep = kind == EntryKind::Step;
    mlir::ModuleOp module = isStep ? *trained : imported;
    EntryCheck entryCheck(subject, **program, entry,
                          module.lookupSymbol<mlir::func::FuncOp>(entry));
    if (Error error = entryCheck.run())
      return refuse(std::move(error), std::move(outcome));
    outcome.ranStep |= isStep;
    if (!entryCheck.hasReference && isStep)
      outcome.stepNote = entryCheck.missing;
    else if (!entryCheck.hasReference)
      outcome.verdict = Verdict::noReference,
      outcome.message = entryCheck.missing;
    if (!entryCheck.difference.empty()) {
      outcome.verdict = Verdict::differs;
      outcome.message = entryCheck.difference;
    }
    if (outcome.isFailure())
      break;
  }
  return outcome;
}

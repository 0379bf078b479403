//===- Case.cpp - A graph, its inputs and a step to be checked --*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/RandomGraphs/Case.h"

#include "lib/RandomGraphs/Builder.h"
#include "lib/Runtime/Npy.h"
#include "lib/Support/UserError.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace coppice;
using namespace coppice::random_graphs;
using train::LossKind;

namespace {
/// Finds whether a gradient flows from a value back to an initializer with more
/// than one element, so that a loss of the value has a parameter to train.
class SlopeSearch {
public:
  explicit SlopeSearch(const Graph &graph) : graph(graph) {}
  bool find(StringRef name);

private:
  bool search(StringRef name);
  const Graph &graph;
  StringMap<bool> known;
};
} // namespace

bool SlopeSearch::find(StringRef name) {
  auto [it, isNew] = known.try_emplace(name, false);
  if (!isNew)
    return it->second;
  bool found = search(name);
  return known[name] = found;
}

bool SlopeSearch::search(StringRef name) {
  static const StringSet<> flat = {"Floor", "Ceil",   "Round",
                                   "Sign",  "OneHot", "MatMulInteger"};
  const Value *value = graph.find(name);
  bool isCode = value && (value->kind == ElementKind::I8 ||
                          value->kind == ElementKind::U8);
  if (!value || !(runtime::isFloat(value->kind) || isCode))
    return false;
  for (const Initializer &initializer : graph.initializers)
    if (initializer.value.name == name)
      return initializer.elements.size() > 1;
  for (const Node &node : graph.nodes) {
    if (none_of(node.outputs, [&](const Value &v) { return v.name == name; }))
      continue;
    size_t operands = node.inputs.size();
    if (isCode || node.op == "DequantizeLinear")
      operands = !isCode || node.op == "QuantizeLinear" ? 1 : 0;
    else if (node.op == "BatchNormalization")
      operands = 3;
    return !flat.contains(node.op) &&
           any_of(ArrayRef(node.inputs).take_front(operands),
                  [&](StringRef input) { return find(input); });
  }
  return false;
}

/// Chooses a loss of `output` that the compiler accepts: a model that gives
/// scores has no loss of probabilities.
static LossKind chooseLoss(const Graph &graph, const Value &output,
                           runtime::Random &random) {
  auto gives = [](StringRef op) {
    return [op](const Node &node) { return node.op == op; };
  };
  auto last = find_if(graph.nodes, [&](const Node &node) {
    return node.outputs.front().name == output.name;
  });
  bool areRows = output.shape.size() == 2 && output.shape[1] > 1;
  if (last != graph.nodes.end() && last->op == "Sigmoid" && random.below(2))
    return LossKind::BinaryCrossEntropy;
  if (last != graph.nodes.end() && last->op == "LogSoftmax" && areRows &&
      random.below(2))
    return LossKind::NegativeLogLikelihood;
  if (areRows && random.below(2))
    return LossKind::SoftmaxCrossEntropy;
  if (random.below(4) == 0 && none_of(graph.nodes, gives("Sigmoid")) &&
      none_of(graph.nodes, gives("Softmax")) &&
      none_of(graph.nodes, gives("LogSoftmax")))
    return LossKind::BinaryCrossEntropyLogits;
  return LossKind::MeanSquaredError;
}

/// Whether a batch norm normalizes one value per channel. A step cannot take
/// the mean and the variance of it.
static bool normalizesOneValue(const Graph &graph) {
  return any_of(graph.nodes, [&](const Node &node) {
    if (node.op != "BatchNormalization")
      return false;
    const Value &result = node.outputs.front();
    return result.size() == result.shape[1];
  });
}

Case random_graphs::makeCase(uint64_t seed, uint64_t number) {
  Case result;
  result.graph = generate(seed, number);
  result.seed = SplitMix64::mix(seed) + number;
  // The step draws from a stream of its own, so that the graph does not depend
  // on it.
  runtime::Random random(result.seed, 2);
  const Value *output = result.graph.find(result.graph.outputs.front());
  if (!output || !SlopeSearch(result.graph).find(output->name) ||
      output->size() == 0 || random.below(100) < 35)
    return result;
  StepChoice step;
  runtime::StepOptions &options = step.options;
  options.loss = chooseLoss(result.graph, *output, random);
  switch (random.below(4)) {
  case 0:
    options.momentum = 0.5;
    break;
  case 1:
    options.optimizer = random.below(2) ? "adam" : "adamw";
    break;
  default:
    break;
  }
  if (random.below(4) == 0)
    options.weightDecay = 0.25;
  if (random.below(8) == 0)
    options.accumulate = 2;
  if (random.below(8) == 0)
    options.gradients = "bf16";
  if (random.below(4) == 0 && !normalizesOneValue(result.graph))
    options.batchNorm = "train";
  bool hasCodes = any_of(result.graph.nodes, [](const Node &node) {
    return node.op == "DequantizeLinear";
  });
  if (hasCodes) {
    const char *roundings[] = {"stochastic", "nearest", "zero",
                               "error-feedback"};
    options.rounding = roundings[random.below(4)];
    options.qas = random.below(2);
    if (random.below(3) == 0)
      options.weights = "latent";
  }
  if (random.below(2) == 0) {
    step.portion = static_cast<Portion>(1 + random.below(3));
    step.draw = random.next();
  }
  result.step = step;
  return result;
}

StringRef random_graphs::stringify(Verdict verdict) {
  switch (verdict) {
  case Verdict::agrees:
    return "agrees";
  case Verdict::notSupported:
    return "not-supported";
  case Verdict::noReference:
    return "no-reference";
  case Verdict::refused:
    return "refused";
  case Verdict::differs:
    return "differs";
  case Verdict::crashes:
    return "crashes";
  case Verdict::hangs:
    return "hangs";
  }
  return "";
}

std::string Outcome::signature() const {
  std::string text = stringify(verdict).str() + ":";
  if (verdict == Verdict::differs)
    return text + StringRef(message).split(':').first.str();
  // Skip names (between quotes), files (with a slash) and numbers (digits).
  bool quoted = false;
  for (StringRef line : split(message, '\n')) {
    for (StringRef word : split(line, ' ')) {
      bool isQuote = word.contains('\'') || word.contains('"');
      if (quoted || isQuote || word.contains('/') || word.contains("tensor<") ||
          any_of(word, isDigit))
        continue;
      text += " " + word.str();
    }
  }
  return text;
}

Error random_graphs::write(const Case &subject, const Outcome &outcome,
                           StringRef path, StringRef origin) {
  std::error_code problem;
  raw_fd_ostream file(path, problem);
  if (problem)
    return fileError(path, "write", problem);
  file << "# " << origin << "\n# " << stringify(outcome.verdict) << ": ";
  for (char c : outcome.message)
    file << (c == '\n' ? "\n#   " : std::string(1, c));
  StringRef name = sys::path::filename(path);
  std::string inputs;
  for (const Value &input : subject.graph.inputs) {
    std::string beside = (path + "." + input.name + ".npy").str();
    if (Error error = runtime::writeNpy(
            beside, makeInput(subject, input.name, input.kind, input.shape)))
      return error;
    inputs +=
        " --input " + input.name + "=" + sys::path::filename(beside).str();
  }
  file << "\n# coppice run " << name << inputs << "\n";
  if (subject.step)
    file << "# with a step: coppice compile " << name << " --update='"
         << outcome.update << "' -o a; "
         << runtime::stepPipeline(subject.step->options) << "\n";
  file << subject.graph.print();
  return Error::success();
}

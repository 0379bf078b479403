//===- Shrink.cpp - Makes a failing graph small -----------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/RandomGraphs/Case.h"

#include "llvm/ADT/STLExtras.h"

using namespace llvm;
using namespace coppice;
using namespace coppice::random_graphs;

/// Every reader of `from` reads `to`.
static void redirect(Graph &graph, StringRef from, const std::string &to) {
  for (Node &node : graph.nodes)
    for (std::string &name : node.inputs)
      if (name == from)
        name = to;
  for (std::string &name : graph.outputs)
    if (name == from)
      name = to;
  // An output that is there already is not given twice.
  std::vector<std::string> unique;
  for (std::string &name : graph.outputs)
    if (!is_contained(unique, name))
      unique.push_back(name);
  graph.outputs = std::move(unique);
}

namespace {
class Shrinker {
public:
  Shrinker(Case &subject, Outcome &outcome,
           function_ref<Outcome(const Case &)> check)
      : subject(subject), outcome(outcome), check(check),
        signature(outcome.signature()) {}

  void run();

private:
  /// Keeps `candidate` if it fails in the same way.
  bool accept(Case candidate);
  bool dropOutputs();
  bool dropNodes();
  bool dropStep();

  Case &subject;
  Outcome &outcome;
  function_ref<Outcome(const Case &)> check;
  std::string signature;
  int left = 200; // checks
};
} // namespace

bool Shrinker::accept(Case candidate) {
  candidate.graph.prune();
  if (candidate.graph.outputs.empty() || left == 0)
    return false;
  --left;
  Outcome found = check(candidate);
  if (!found.isFailure() || found.signature() != signature)
    return false;
  subject = std::move(candidate);
  outcome = std::move(found);
  return true;
}

bool Shrinker::dropStep() {
  if (!subject.step)
    return false;
  Case candidate = subject;
  candidate.step.reset();
  return accept(std::move(candidate));
}

bool Shrinker::dropOutputs() {
  bool changed = false;
  for (size_t i = subject.graph.outputs.size(); i-- > 0;) {
    if (subject.graph.outputs.size() == 1)
      break;
    Case candidate = subject;
    candidate.graph.outputs.erase(candidate.graph.outputs.begin() +
                                  static_cast<ptrdiff_t>(i));
    changed |= accept(std::move(candidate));
  }
  return changed;
}

/// A node's result becomes one of its operands, a new input, or the output.
bool Shrinker::dropNodes() {
  bool changed = false;
  for (size_t i = subject.graph.nodes.size(); i-- > 0;) {
    if (i >= subject.graph.nodes.size())
      continue;
    Node node = subject.graph.nodes[i];
    bool gone = false;
    if (node.outputs.size() == 1) {
      const Value &result = node.outputs.front();
      for (const std::string &name : node.inputs) {
        const Value *operand = subject.graph.find(name);
        if (gone || !operand || operand->kind != result.kind ||
            operand->shape != result.shape)
          continue;
        Case candidate = subject;
        redirect(candidate.graph, result.name, name);
        gone = accept(std::move(candidate));
      }
    }
    if (!gone && subject.graph.nodes.size() > 1) {
      Case candidate = subject;
      candidate.graph.nodes.erase(candidate.graph.nodes.begin() +
                                  static_cast<ptrdiff_t>(i));
      for (const Value &result : node.outputs) {
        Value input = result;
        if (!driver::isFloat(input.kind))
          input.low = 0, input.high = 5;
        candidate.graph.inputs.push_back(input);
      }
      gone = accept(std::move(candidate));
    }
    if (!gone && subject.graph.nodes.size() > 1) {
      Case candidate = subject;
      candidate.graph.outputs = {node.outputs.front().name};
      if (candidate.graph.outputs != subject.graph.outputs)
        gone = accept(std::move(candidate));
    }
    changed |= gone;
  }
  return changed;
}

void Shrinker::run() {
  bool changed = true;
  while (changed && left > 0) {
    changed = dropStep();
    changed |= dropOutputs();
    changed |= dropNodes();
  }
}

Case random_graphs::shrink(Case subject, Outcome &outcome,
                           function_ref<Outcome(const Case &)> check) {
  Shrinker(subject, outcome, check).run();
  return subject;
}

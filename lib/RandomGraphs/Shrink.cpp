//===- Shrink.cpp - Makes a failing graph small -----------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/RandomGraphs/Case.h"

#include "llvm/ADT/STLExtras.h"

#include <functional>
#include <set>

using namespace llvm;
using namespace coppice;
using namespace coppice::random_graphs;

/// Makes every reader of `from` read `to`.
static void redirect(Graph &graph, StringRef from, const std::string &to) {
  for (Node &node : graph.nodes)
    for (std::string &name : node.inputs)
      if (name == from)
        name = to;
  for (std::string &name : graph.outputs)
    if (name == from)
      name = to;
  // Do not list an output twice.
  std::vector<std::string> unique;
  for (std::string &name : graph.outputs)
    if (!is_contained(unique, name))
      unique.push_back(name);
  graph.outputs = std::move(unique);
}

/// Returns those `elements` of a tensor of `shape` whose index along `axis` is
/// below `extent`.
static std::vector<double> takeFront(ArrayRef<double> elements,
                                     ArrayRef<int64_t> shape, size_t axis,
                                     int64_t extent) {
  int64_t inner = 1;
  for (int64_t size : shape.drop_front(axis + 1))
    inner *= size;
  std::vector<double> kept;
  for (auto [i, element] : enumerate(elements))
    if (static_cast<int64_t>(i) / inner % shape[axis] < extent)
      kept.push_back(element);
  return kept;
}

/// Halves the extents `from` of all tensors, and the constants with that value.
/// The recorded shapes of results may be wrong afterwards.
static void halveExtents(Graph &graph, int64_t from) {
  int64_t to = from / 2;
  graph.declaresShapes = false;
  auto halve = [&](Value &value) { replace(value.shape, from, to); };
  for_each(graph.inputs, halve);
  for (Node &node : graph.nodes)
    for_each(node.outputs, halve);
  for (Initializer &initializer : graph.initializers) {
    Shape &shape = initializer.value.shape;
    for (size_t axis = 0; axis < shape.size(); ++axis)
      if (shape[axis] == from) {
        initializer.elements = takeFront(initializer.elements, shape, axis, to);
        shape[axis] = to;
      }
    if (initializer.value.kind == ElementKind::I64 && shape.size() == 1)
      replace(initializer.elements, static_cast<double>(from),
              static_cast<double>(to));
  }
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
  bool halveAll();
  bool halveInputs();

  Case &subject;
  Outcome &outcome;
  function_ref<Outcome(const Case &)> check;
  std::string signature;
  int left = 200; // number of checks left
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

/// Replaces a node's result by one of its operands, by a new input, or by the
/// output.
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
        if (!runtime::isFloat(input.kind))
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

/// Halves every extent of one size.
bool Shrinker::halveAll() {
  std::set<int64_t, std::greater<>> extents;
  auto note = [&](const Value &value) {
    extents.insert(value.shape.begin(), value.shape.end());
  };
  for_each(subject.graph.inputs, note);
  for (const Initializer &initializer : subject.graph.initializers)
    note(initializer.value);
  bool changed = false;
  for (int64_t extent : extents)
    if (extent > 1) {
      Case candidate = subject;
      halveExtents(candidate.graph, extent);
      changed |= accept(std::move(candidate));
    }
  return changed;
}

/// Halves one extent of one input.
bool Shrinker::halveInputs() {
  bool changed = false;
  for (size_t i = 0; i < subject.graph.inputs.size(); ++i)
    for (size_t axis = 0; axis < subject.graph.inputs[i].shape.size(); ++axis) {
      Case candidate = subject;
      int64_t &extent = candidate.graph.inputs[i].shape[axis];
      if (extent < 2)
        continue;
      extent /= 2;
      candidate.graph.declaresShapes = false;
      changed |= accept(std::move(candidate));
    }
  return changed;
}

void Shrinker::run() {
  bool changed = true;
  while (changed && left > 0) {
    changed = dropStep();
    changed |= dropOutputs();
    changed |= dropNodes();
    changed |= halveAll();
    changed |= halveInputs();
  }
}

Case random_graphs::shrink(Case subject, Outcome &outcome,
                           function_ref<Outcome(const Case &)> check) {
  Shrinker(subject, outcome, check).run();
  return subject;
}

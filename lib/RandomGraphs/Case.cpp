//===- Case.cpp - A graph, its inputs and a step to be checked ---*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/RandomGraphs/Case.h"

#include "lib/Driver/Npy.h"
#include "lib/RandomGraphs/Builder.h"
#include "lib/Support/UserError.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace coppice;
using namespace coppice::random_graphs;

Case random_graphs::makeCase(uint64_t seed, uint64_t number) {
  Case result;
  result.graph = generate(seed, number);
  result.seed = SplitMix64::mix(seed) + number;
  // A stream of its own: the graph does not depend on what a step draws.
  driver::Random random(result.seed, 2);
  const Value *output = result.graph.find(result.graph.outputs.front());
  bool hasWeights = any_of(result.graph.initializers, [](const auto &w) {
    return driver::isFloat(w.value.kind) && w.elements.size() > 1;
  });
  if (!output || !hasWeights || output->size() == 0 || random.below(100) < 35)
    return result;
  StepChoice step;
  if (output->shape.size() == 2 && output->shape[1] > 1 && random.below(2))
    step.loss = "softmax-cross-entropy";
  else if (random.below(4) == 0)
    step.loss = "bce-logits";
  switch (random.below(4)) {
  case 0:
    step.momentum = 0.5;
    break;
  case 1:
    step.optimizer = random.below(2) ? "adam" : "adamw";
    break;
  default:
    break;
  }
  if (random.below(3) == 0)
    step.weightDecay = 0.25;
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
  // Names are between quotes, files have a slash, numbers digits.
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
    if (Error error = driver::writeNpy(
            beside, makeInput(subject, input.name, input.kind, input.shape)))
      return error;
    inputs += " --input " + input.name + "=" +
              sys::path::filename(beside).str();
  }
  file << "\n# coppice run " << name << inputs << "\n";
  if (subject.step)
    file << "# with a step: coppice compile " << name
         << " --update=full --loss=" << subject.step->loss
         << " --optimizer=" << subject.step->optimizer
         << " --momentum=" << subject.step->momentum
         << " --weight-decay=" << subject.step->weightDecay << " -o a\n";
  file << subject.graph.print();
  return Error::success();
}

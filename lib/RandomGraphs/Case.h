//===- Case.h - A graph, its inputs and a step to be checked ----*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_RANDOMGRAPHS_CASE_H
#define COPPICE_LIB_RANDOMGRAPHS_CASE_H

#include "lib/RandomGraphs/Graph.h"
#include "lib/Runtime/ModelOptions.h"
#include "llvm/Support/Error.h"

#include <optional>

namespace coppice::random_graphs {

/// The part of the model that a step trains. The number of layers is known
/// after the import.
enum class Portion { full, bias, head, lastLayers };

/// A training step of the graph.
struct StepChoice {
  runtime::StepOptions options;
  Portion portion = Portion::full;
  /// A random number that decides the number of last layers.
  uint64_t draw = 0;
  double learningRate = 0.1;
};

/// A graph to compile, run and compare, with its step. Inputs follow from the
/// seed and their names, so that they do not change when the graph shrinks.
struct Case {
  Graph graph;
  uint64_t seed = 0;
  std::optional<StepChoice> step;
  /// Two operators. The compiled graph has the second one in place of the
  /// first, so that a test of the checker finds a difference.
  std::pair<std::string, std::string> swap;
};

/// The case of this number.
Case makeCase(uint64_t seed, uint64_t number);

enum class Verdict {
  agrees,
  notSupported, // refused, with the name of what is not supported
  noReference,  // the interpreter does not know an op
  refused,      // another diagnostic
  differs,
  crashes,
  hangs
};
llvm::StringRef stringify(Verdict verdict);

struct Outcome {
  Verdict verdict = Verdict::agrees;
  std::string message;
  /// The reason why the values of a step that ran were not compared.
  std::string stepNote;
  /// The `--update` of the step.
  std::string update;
  bool ranStep = false;

  bool isFailure() const {
    return verdict != Verdict::agrees && verdict != Verdict::notSupported;
  }
  /// The message without names and numbers, which is equal for all failures of
  /// a kind.
  std::string signature() const;
};

/// Compiles `subject` as the product does, runs it, and compares its results
/// with the reference. The graph is written to `path`. `context` is made by
/// `runtime::createContext` and has no other user.
Outcome check(const Case &subject, llvm::StringRef path,
              std::shared_ptr<mlir::MLIRContext> context);

/// Checks cases in processes of their own, because they may crash. The
/// processes are forks of this one, which has loaded the dialects and compiled
/// a small graph, so that the set-up of a first compilation is done.
class Apart {
public:
  /// Compiles a small graph, which is written to `path`.
  explicit Apart(llvm::StringRef path);
  ~Apart();

  /// The outcome is `hangs` after `seconds`.
  Outcome check(const Case &subject, llvm::StringRef path, int seconds) const;

private:
  /// The forks alone use it.
  std::shared_ptr<mlir::MLIRContext> context;
};

/// Returns the smallest case found that fails like `outcome`.
Case shrink(Case subject, Outcome &outcome,
            llvm::function_ref<Outcome(const Case &)> check);

/// The elements of an input of this name.
runtime::HostTensor makeInput(const Case &subject, llvm::StringRef name,
                              ElementKind kind, llvm::ArrayRef<int64_t> shape);

/// Writes the graph to `path`, with the failure as a comment and the inputs in
/// files beside it.
llvm::Error write(const Case &subject, const Outcome &outcome,
                  llvm::StringRef path, llvm::StringRef origin);

} // namespace coppice::random_graphs

#endif // COPPICE_LIB_RANDOMGRAPHS_CASE_H

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

/// What a step trains; how many layers there are is known after the import.
enum class Portion { full, bias, head, lastLayers };

/// A training step of the graph.
struct StepChoice {
  runtime::StepOptions options;
  Portion portion = Portion::full;
  /// Draws how many the last layers are.
  uint64_t draw = 0;
  double learningRate = 0.1;
};

/// What is compiled, run and compared. Inputs follow from the seed and their
/// names, so that they stay what they are while the graph shrinks.
struct Case {
  Graph graph;
  uint64_t seed = 0;
  std::optional<StepChoice> step;
  /// An operator and another one: what is compiled has the second where the
  /// graph has the first, so that a check of the checker finds a difference.
  std::pair<std::string, std::string> swap;
};

/// The case of this number.
Case makeCase(uint64_t seed, uint64_t number);

enum class Verdict {
  agrees,
  notSupported, // refused, with the name of what is not supported
  noReference,  // the interpreter has no meaning for an op
  refused,      // another diagnostic
  differs,
  crashes,
  hangs
};
llvm::StringRef stringify(Verdict verdict);

struct Outcome {
  Verdict verdict = Verdict::agrees;
  std::string message;
  /// Of a step that was compiled and run: why its values were not compared.
  std::string stepNote;
  /// `--update` of the step.
  std::string update;
  bool ranStep = false;

  bool isFailure() const {
    return verdict != Verdict::agrees && verdict != Verdict::notSupported;
  }
  /// The same for all failures of a kind: the message without names and
  /// numbers.
  std::string signature() const;
};

/// Compiles `subject` as the product does, runs it, and compares what it gives
/// with the reference. `path` is where the graph is written. `context` is one
/// of `runtime::createContext` that nothing else uses.
Outcome check(const Case &subject, llvm::StringRef path,
              std::shared_ptr<mlir::MLIRContext> context);

/// Checks cases in processes of their own, which may crash. They are copies of
/// this one, in which the dialects are loaded, and everything that the first
/// compilation of a process sets up is there.
class Apart {
public:
  /// Compiles a small graph; `path` is where it is written.
  explicit Apart(llvm::StringRef path);
  ~Apart();

  /// `hangs` after so many seconds.
  Outcome check(const Case &subject, llvm::StringRef path, int seconds) const;

private:
  /// Only copies of this process use it.
  std::shared_ptr<mlir::MLIRContext> context;
};

/// The smallest case found that fails as `outcome` says.
Case shrink(Case subject, Outcome &outcome,
            llvm::function_ref<Outcome(const Case &)> check);

/// The elements of an input of this name.
runtime::HostTensor makeInput(const Case &subject, llvm::StringRef name,
                              ElementKind kind, llvm::ArrayRef<int64_t> shape);

/// Writes the graph to `path`, with what is wrong in front and its inputs
/// beside it.
llvm::Error write(const Case &subject, const Outcome &outcome,
                  llvm::StringRef path, llvm::StringRef origin);

} // namespace coppice::random_graphs

#endif // COPPICE_LIB_RANDOMGRAPHS_CASE_H

//===- coppice-plan.cpp - Solves planning instances -------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "SelfCheck.h"
#include "coppice/Planning/Ordering.h"
#include "coppice/Planning/Packing.h"
#include "coppice/Planning/Selection.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/WithColor.h"
#include "llvm/Support/raw_ostream.h"

using namespace coppice::planning;
namespace cl = llvm::cl;

static int fail(const llvm::Twine &file, const llvm::Twine &message) {
  llvm::WithColor::error(llvm::errs(), file.str()) << message << "\n";
  return 1;
}

static int solvePacking(const llvm::json::Value &value, llvm::StringRef file,
                        const PackingOptions &options) {
  llvm::Expected<PackingProblem> problem = parsePackingProblem(value);
  if (!problem)
    return fail(file, llvm::toString(problem.takeError()));
  PackingSolution solution = solve(*problem, options);
  if (llvm::Error error = verify(*problem, solution))
    return fail(file, llvm::toString(std::move(error)));
  llvm::outs() << llvm::formatv("{0:2}", toJSON(*problem, solution)) << "\n";
  for (const auto &[space, budget] : problem->budgets) {
    auto total = solution.totals.find(space);
    if (total == solution.totals.end() || total->second <= budget)
      continue;
    std::string live;
    for (size_t i : liveAtPeak(*problem, space))
      live += llvm::formatv("\n  {0}: {1} bytes", problem->buffers[i].name,
                            problem->buffers[i].size)
                  .str();
    return fail(file, llvm::formatv("{0} bytes are needed, the budget is {1}; "
                                    "live at the peak:{2}",
                                    total->second, budget, live)
                          .str());
  }
  return 0;
}

static int solveOrdering(const llvm::json::Value &value, llvm::StringRef file,
                         const OrderingOptions &options) {
  llvm::Expected<OrderingProblem> problem = parseOrderingProblem(value);
  if (!problem)
    return fail(file, llvm::toString(problem.takeError()));
  OrderingSolution solution = solve(*problem, options);
  if (llvm::Error error = verify(*problem, solution))
    return fail(file, llvm::toString(std::move(error)));
  llvm::outs() << llvm::formatv("{0:2}", toJSON(*problem, solution)) << "\n";
  return 0;
}

static int solveSelection(const llvm::json::Value &value, llvm::StringRef file,
                          const SelectionOptions &options) {
  llvm::Expected<SelectionProblem> problem = parseSelectionProblem(value);
  if (!problem)
    return fail(file, llvm::toString(problem.takeError()));
  SelectionSolution solution = solve(*problem, options);
  if (llvm::Error error = verify(*problem, solution))
    return fail(file, llvm::toString(std::move(error)));
  llvm::outs() << llvm::formatv("{0:2}", toJSON(*problem, solution)) << "\n";
  if (solution.bytes > problem->budget)
    return fail(file, llvm::formatv("{0} bytes are needed to choose nothing, "
                                    "the budget is {1}",
                                    solution.bytes, problem->budget)
                          .str());
  return 0;
}

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  cl::OptionCategory category("coppice-plan");
  cl::opt<std::string> input(cl::Positional, cl::desc("<instance.json>"),
                             cl::init("-"), cl::cat(category));
  cl::opt<std::string> solver(
      "solver", cl::init("auto"), cl::cat(category),
      cl::desc("auto, exact, or a heuristic: of packing first-fit, best-fit, "
               "hill-climb, of ordering listed, greedy, depth-first, beam, of "
               "selection greedy"));
  cl::opt<uint64_t> seed("seed", cl::init(1), cl::cat(category),
                         cl::desc("seed of the local search"));
  cl::opt<int64_t> iterations("iterations", cl::init(4000), cl::cat(category),
                              cl::desc("moves of the local search"));
  cl::opt<int64_t> nodes("nodes", cl::init(2000000), cl::cat(category),
                         cl::desc("nodes of the branch and bound"));
  cl::opt<int64_t> states(
      "states", cl::init(100000), cl::cat(category),
      cl::desc("states of the exact ordering or selection"));
  cl::opt<int64_t> check("self-check", cl::init(0), cl::cat(category),
                         cl::desc("solve this many random instances instead, "
                                  "verify and compare the solvers"));
  cl::HideUnrelatedOptions(category);
  if (!cl::ParseCommandLineOptions(
          argc, argv, "Solves a planning instance and prints the plan\n"))
    return 1;
  if (check > 0)
    return selfCheck(check, seed) ? 0 : 1;

  auto buffer = llvm::MemoryBuffer::getFileOrSTDIN(input);
  if (!buffer)
    return fail(input, buffer.getError().message());
  llvm::Expected<llvm::json::Value> value =
      llvm::json::parse((*buffer)->getBuffer());
  if (!value)
    return fail(input, llvm::toString(value.takeError()));
  const llvm::json::Object *object = value->getAsObject();
  llvm::StringRef kind =
      object ? object->getString("kind").value_or("") : llvm::StringRef();
  if (kind == "packing") {
    PackingOptions options;
    std::optional<PackingSolver> chosen = parsePackingSolver(solver);
    if (!chosen)
      return fail("--solver", "no solver named '" + solver + "' for packing");
    options.solver = *chosen;
    options.seed = seed;
    options.iterations = iterations;
    options.nodes = nodes;
    return solvePacking(*value, input, options);
  }
  if (kind == "ordering") {
    OrderingOptions options;
    std::optional<OrderingSolver> chosen = parseOrderingSolver(solver);
    if (!chosen)
      return fail("--solver", "no solver named '" + solver + "' for ordering");
    options.solver = *chosen;
    options.states = states;
    return solveOrdering(*value, input, options);
  }
  if (kind == "selection") {
    SelectionOptions options;
    std::optional<SelectionSolver> chosen = parseSelectionSolver(solver);
    if (!chosen)
      return fail("--solver", "no solver named '" + solver + "' for selection");
    options.solver = *chosen;
    options.states = states;
    return solveSelection(*value, input, options);
  }
  return fail(input, "expected an object with \"kind\": \"packing\", "
                     "\"ordering\" or \"selection\"");
}

//===- CInterface.h - The C interface of a compiled model -------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// From the plan phase to a library:
//
//   plan phase
//   --target-describe-interface   describes the entry points in
//   `train.interface` to LLVM
//   --target-c-interface          adds net_init, net_infer, net_train, ...
//   emission of an object
//   buildLibrary                  OUT.a, OUT.h, OUT.json
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_CINTERFACE_H
#define COPPICE_CINTERFACE_H

#include "coppice/Planning/Arena.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/BuiltinTypes.h"
#include "llvm/Support/MemoryBuffer.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace coppice {

struct TargetRecord;

/// One argument of an entry point; a tensor in the caller's memory.
struct CArgument {
  enum class Role { Input, Label, Hyper, Output, Loss };
  Role role;
  std::string name;  ///< as in the model file
  std::string cName; ///< as a field of a C struct
  mlir::MemRefType type;
  /// The bounds of indices that the model looks up in a table.
  std::optional<std::pair<int64_t, int64_t>> indexBounds;

  int64_t getBytes() const;
};

/// One entry point: an inference, or a training step.
struct CEntryPoint {
  std::string name;
  std::vector<CArgument> arguments; ///< in the order of the function's
  /// Bytes of the plan's arena, and the proven lower bound.
  int64_t planBytes = 0, lowerBoundBytes = 0;
  /// Whether a call changes the state: a step, or an inference with a cache.
  bool writesState = false;

  /// Whether the entry point computes a loss.
  bool isStep() const;
  std::vector<const CArgument *> get(CArgument::Role role) const;
  /// Returns the roles of the structs that the C function takes, in order.
  std::vector<CArgument::Role> getStructs() const;
  /// Whether the C function does not return an output: those of a step besides
  /// its loss. Such outputs lie in the arena, behind the plan's part.
  bool isInArena(const CArgument &argument) const;
  int64_t getArenaBytes() const;
  /// Returns the number of classes if the argument is class labels: the model
  /// has one output per label and class.
  std::optional<int64_t> getClasses(const CArgument &label) const;
};

/// A parameter in the state buffer.
struct CParameter {
  std::string name; ///< as in the model file
  std::string role;
  mlir::RankedTensorType type;
  int64_t offset = 0;
};

/// The contents of the header, the JSON description and the generated
/// functions.
struct CInterface {
  /// Alignment of state, arena and every buffer in them.
  static constexpr int64_t kAlignment = planning::kArenaAlignment;

  std::string model;  ///< as in the model file
  std::string prefix; ///< as a prefix of C names
  /// A hash over everything that a saved state depends on.
  uint64_t hash = 0;
  int64_t stateBytes = 0;
  std::vector<CParameter> parameters;
  std::vector<CEntryPoint> entryPoints;

  /// Reads `train.interface`; emits an error if it is missing or malformed.
  static mlir::FailureOr<CInterface> get(mlir::ModuleOp module);
  /// Writes `train.interface`.
  void set(mlir::ModuleOp module) const;

  /// Returns the C name of an entry point: `net_train`.
  std::string getFunctionName(const CEntryPoint &entry) const;
  /// Returns the C name of an entry point's struct of a role. The first entry
  /// point with such a struct gives it the name `net_inputs`, and others with
  /// the same fields share it; any other is called `net_<entry point>_inputs`.
  std::string getStructName(const CEntryPoint &entry,
                            CArgument::Role role) const;
};

/// Return the text of OUT.h and OUT.json.
std::string printCHeader(const CInterface &interface);
std::string printCDescription(const CInterface &interface,
                              const TargetRecord &target);

/// The three files of `coppice compile --emit=lib`.
struct CLibrary {
  std::unique_ptr<llvm::MemoryBuffer> archive;
  std::string header, description;
};

/// Puts `object`, emitted for `module` after `--target-c-interface`, into an
/// archive with the runtime that it calls.
mlir::FailureOr<CLibrary> buildLibrary(mlir::ModuleOp module,
                                       llvm::StringRef object);

/// Registers the two passes.
void registerCInterfacePasses();

} // namespace coppice

#endif // COPPICE_CINTERFACE_H

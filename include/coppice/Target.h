//===- Target.h - Targets of code generation --------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// A target is a record. `--target-attach` writes the record that `--target=`
// names into the module, as upstream's attributes (dlti.target_system_spec,
// dlti.dl_spec, llvm.target_triple, llvm.data_layout). Every later pass and
// code generation read it from there; none asks the machine it runs on.
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_TARGET_H
#define COPPICE_TARGET_H

#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <optional>
#include <string>
#include <vector>

namespace coppice {

/// A memory that the arena or the state can lie in.
struct MemoryRecord {
  std::string name;
  /// nullopt if the system gives as much as is asked for.
  std::optional<uint64_t> bytes;
  uint64_t alignment = 64;
};

/// The defaults are those of a module without a target: a generic core, for
/// which no object can be emitted.
struct TargetRecord {
  std::string name;
  std::string triple;
  std::string cpu;
  /// Features that `cpu` does not imply, or that it lacks, sorted: "+avx2",
  /// "-amx-tile".
  std::vector<std::string> features;
  unsigned indexBits = 64;
  unsigned vectorBits = 128;
  unsigned vectorRegisters = 16;
  /// Cycles from one multiply-add to the next that needs its result.
  unsigned multiplyAddLatency = 4;
  uint64_t firstCacheBytes = 32 * 1024;
  uint64_t secondCacheBytes = 256 * 1024;
  std::vector<MemoryRecord> memories;

  /// Returns the names that `--target=` takes, `host` first.
  static llvm::ArrayRef<llvm::StringLiteral> getNames();
  /// Returns the record of that name; `host` asks the machine. nullopt if there
  /// is no such target.
  static std::optional<TargetRecord> find(llvm::StringRef name);

  /// Writes the record into `module`.
  void attach(mlir::ModuleOp module) const;
  /// Reads the record of the module that `op` is in; the defaults if none is
  /// attached. Emits an error if an entry has the wrong type.
  static mlir::FailureOr<TargetRecord> get(mlir::Operation *op);

  unsigned getLanes(unsigned elementBits) const {
    return std::max(1u, vectorBits / elementBits);
  }
  /// Whether the target has a fused multiply-add instruction; false for a
  /// generic core.
  bool hasFusedMultiplyAdd() const;
  /// Returns the features as LLVM takes them: "+avx2,-amx-tile".
  std::string getFeatureString() const;
  /// Returns an error that says what is missing if this machine cannot run the
  /// code.
  llvm::Error checkRunsHere() const;
};

/// Registers `--target-attach`.
void registerTargetPasses();

} // namespace coppice

#endif // COPPICE_TARGET_H

//===- JIT.h - Code for the host --------------------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_JIT_H
#define COPPICE_JIT_H

#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Error.h"

#include <memory>

namespace llvm {
class LLVMContext;
class Module;
class TargetMachine;
namespace orc {
class LLJIT;
} // namespace orc
} // namespace llvm

namespace coppice {

struct CodegenOptions {
  /// 0 to 3, as in clang's -O.
  unsigned optLevel = 3;
};

enum class CodegenOutput { LLVMIR, Assembly, Object };

/// Translates a module in the LLVM dialect to LLVM IR, optimised for the target
/// that is attached to it. `machine` is set to that target's machine.
llvm::Expected<std::unique_ptr<llvm::Module>>
translateToLLVMIR(mlir::ModuleOp module, llvm::LLVMContext &context,
                  const CodegenOptions &options,
                  std::unique_ptr<llvm::TargetMachine> &machine);

/// Returns LLVM IR or assembly as text, or the bytes of an object file, for a
/// module in the LLVM dialect. The same module gives the same bytes.
llvm::Expected<llvm::SmallVector<char, 0>>
emitCode(mlir::ModuleOp module, CodegenOutput output,
         const CodegenOptions &options = {});

/// Compiled functions in this process. The code is the object that `emitCode`
/// writes.
class JIT {
public:
  /// Compiles `module`, which must be in the LLVM dialect, with one function
  /// per entry point, whose arguments are all pointers. This machine must be
  /// able to run its target.
  static llvm::Expected<std::unique_ptr<JIT>>
  create(mlir::ModuleOp module, const CodegenOptions &options = {});
  ~JIT();

  /// Calls `entry` with one pointer per argument: inputs, outputs, state,
  /// arena. Fails if there is no such function or the number of arguments
  /// differs.
  llvm::Error run(llvm::StringRef entry, llvm::ArrayRef<void *> arguments);

  /// Returns the address of a global of the module.
  llvm::Expected<void *> lookup(llvm::StringRef symbol);

private:
  explicit JIT(std::unique_ptr<llvm::orc::LLJIT> engine);

  struct Entry {
    void (*call)(void *const *) = nullptr;
    size_t arguments = 0;
  };
  std::unique_ptr<llvm::orc::LLJIT> engine;
  llvm::StringMap<Entry> entries;
};

} // namespace coppice

#endif // COPPICE_JIT_H

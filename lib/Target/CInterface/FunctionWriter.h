//===- FunctionWriter.h - Writes one C function -----------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_TARGET_CINTERFACE_FUNCTIONWRITER_H
#define COPPICE_LIB_TARGET_CINTERFACE_FUNCTIONWRITER_H

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/BuiltinOps.h"
#include "runtime/core/runtime.h"

namespace coppice {

/// Writes one C function: first the checks, each of which returns a status
/// code, then the work, then `finish`.
class FunctionWriter {
public:
  FunctionWriter(mlir::ModuleOp module, llvm::StringRef name,
                 unsigned numPointers);

  mlir::Value argument(unsigned i) { return function.getBody().getArgument(i); }
  mlir::Value constant(mlir::Type type, int64_t value);
  mlir::Value offset(mlir::Value base, int64_t bytes);

  /// Returns `status` if `condition` holds.
  void leaveIf(mlir::Value condition, int32_t status);
  void checkNotNull(mlir::Value value);
  void checkAligned(mlir::Value value);
  /// Checks a buffer that the caller provides. A buffer of no bytes may be
  /// null.
  void checkBuffer(mlir::Value value, int64_t bytes);

  /// Checks a struct whose first field is its own size.
  void checkStruct(mlir::Value base, mlir::LLVM::LLVMStructType type);
  mlir::Value field(mlir::Value base, mlir::LLVM::LLVMStructType type,
                    unsigned i);
  /// Checks a rate: a finite number, not negative.
  void checkRate(mlir::Value at, mlir::Type type);
  /// Checks that `count` integers of `type` are from `low` to `high`.
  void checkIntegers(mlir::Value integers, mlir::IntegerType type,
                     int64_t count, int64_t low, int64_t high, int32_t status);

  void finish() { finish(constant(i32, COPPICE_OK)); }
  void finish(mlir::Value status) {
    mlir::LLVM::BrOp::create(builder, loc, status, leave);
  }

  mlir::OpBuilder builder;
  mlir::Location loc;
  mlir::Type pointer, i32, i64;

private:
  mlir::LLVM::LLVMFuncOp function;
  mlir::Block *leave;
};

} // namespace coppice

#endif // COPPICE_LIB_TARGET_CINTERFACE_FUNCTIONWRITER_H

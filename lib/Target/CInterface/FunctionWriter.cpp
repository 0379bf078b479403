//===- FunctionWriter.cpp - Writes one C function ---------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Target/CInterface/FunctionWriter.h"

#include "coppice/CInterface.h"

using namespace mlir;
using namespace coppice;

FunctionWriter::FunctionWriter(ModuleOp module, StringRef name,
                               unsigned numPointers)
    : builder(OpBuilder::atBlockEnd(module.getBody())), loc(module.getLoc()),
      pointer(LLVM::LLVMPointerType::get(module.getContext())),
      i32(builder.getI32Type()), i64(builder.getI64Type()) {
  SmallVector<Type> types(numPointers, pointer);
  function = LLVM::LLVMFuncOp::create(builder, loc, name,
                                      LLVM::LLVMFunctionType::get(i32, types));
  Block *entry = function.addEntryBlock(builder);
  Region &body = function.getBody();
  leave = builder.createBlock(&body, body.end(), i32, loc);
  LLVM::ReturnOp::create(builder, loc, leave->getArgument(0));
  builder.setInsertionPointToEnd(entry);
}

Value FunctionWriter::constant(Type type, int64_t value) {
  return LLVM::ConstantOp::create(builder, loc, type,
                                  builder.getIntegerAttr(type, value));
}

Value FunctionWriter::offset(Value base, int64_t bytes) {
  return LLVM::GEPOp::create(builder, loc, pointer, builder.getI8Type(), base,
                             ValueRange{constant(i64, bytes)});
}

void FunctionWriter::leaveIf(Value condition, int32_t status) {
  Value code = constant(i32, status);
  Block *next = builder.createBlock(leave);
  builder.setInsertionPointToEnd(next->getPrevNode());
  LLVM::CondBrOp::create(builder, loc, condition, leave, ValueRange{code}, next,
                         ValueRange());
  builder.setInsertionPointToEnd(next);
}

void FunctionWriter::checkNotNull(Value value) {
  Value null = LLVM::ZeroOp::create(builder, loc, pointer);
  leaveIf(
      LLVM::ICmpOp::create(builder, loc, LLVM::ICmpPredicate::eq, value, null),
      COPPICE_ERROR_NULL);
}

void FunctionWriter::checkAligned(Value value) {
  Value bits = LLVM::PtrToIntOp::create(builder, loc, i64, value);
  Value low = LLVM::AndOp::create(builder, loc, bits,
                                  constant(i64, CInterface::kAlignment - 1));
  leaveIf(LLVM::ICmpOp::create(builder, loc, LLVM::ICmpPredicate::ne, low,
                               constant(i64, 0)),
          COPPICE_ERROR_ALIGNMENT);
}

void FunctionWriter::checkBuffer(Value value, int64_t bytes) {
  if (bytes == 0)
    return;
  checkNotNull(value);
  checkAligned(value);
}

void FunctionWriter::checkStruct(Value base, LLVM::LLVMStructType type) {
  checkNotNull(base);
  // Compute the size of the struct in the target's layout.
  Value end = LLVM::GEPOp::create(builder, loc, pointer, type,
                                  LLVM::ZeroOp::create(builder, loc, pointer),
                                  LLVM::GEPArg(1));
  Value size = LLVM::PtrToIntOp::create(builder, loc, i32, end);
  Value given = LLVM::LoadOp::create(builder, loc, i32, base);
  leaveIf(
      LLVM::ICmpOp::create(builder, loc, LLVM::ICmpPredicate::ne, given, size),
      COPPICE_ERROR_SIZE);
}

Value FunctionWriter::field(Value base, LLVM::LLVMStructType type, unsigned i) {
  return LLVM::GEPOp::create(builder, loc, pointer, type, base,
                             {LLVM::GEPArg(0), LLVM::GEPArg(i)});
}

void FunctionWriter::checkRate(Value at, Type type) {
  Value value = LLVM::LoadOp::create(builder, loc, type, at);
  // x - x is 0 for a finite x and NaN otherwise.
  Value zero = LLVM::FSubOp::create(builder, loc, value, value);
  leaveIf(
      LLVM::FCmpOp::create(builder, loc, LLVM::FCmpPredicate::uno, zero, zero),
      COPPICE_ERROR_VALUE);
  Value least = LLVM::ConstantOp::create(builder, loc, type,
                                         builder.getFloatAttr(type, 0.0));
  leaveIf(LLVM::FCmpOp::create(builder, loc, LLVM::FCmpPredicate::olt, value,
                               least),
          COPPICE_ERROR_VALUE);
}

void FunctionWriter::checkIntegers(Value integers, IntegerType type,
                                   int64_t count, int64_t low, int64_t high,
                                   int32_t status) {
  Block *before = builder.getInsertionBlock();
  Block *loop = builder.createBlock(leave, {i64}, {loc});
  builder.setInsertionPointToEnd(before);
  LLVM::BrOp::create(builder, loc, ValueRange{constant(i64, 0)}, loop);
  builder.setInsertionPointToEnd(loop);
  Value index = loop->getArgument(0);
  // LLVM's integer types are signless.
  Type signless = builder.getIntegerType(type.getWidth());
  Value at = LLVM::GEPOp::create(builder, loc, pointer, signless, integers,
                                 ValueRange{index});
  Value value = LLVM::LoadOp::create(builder, loc, signless, at);
  bool isUnsigned = type.isUnsigned();
  if (type.getWidth() < 64)
    value = isUnsigned
                ? LLVM::ZExtOp::create(builder, loc, i64, value).getResult()
                : LLVM::SExtOp::create(builder, loc, i64, value).getResult();
  if (low < 0 && !isUnsigned)
    leaveIf(LLVM::ICmpOp::create(builder, loc, LLVM::ICmpPredicate::slt, value,
                                 constant(i64, low)),
            status);
  // If `low` is 0, an unsigned comparison also refuses negative numbers.
  auto above = low < 0 && !isUnsigned ? LLVM::ICmpPredicate::sgt
                                      : LLVM::ICmpPredicate::ugt;
  leaveIf(LLVM::ICmpOp::create(builder, loc, above, value, constant(i64, high)),
          status);
  Value next = LLVM::AddOp::create(builder, loc, index, constant(i64, 1));
  Value isLast = LLVM::ICmpOp::create(builder, loc, LLVM::ICmpPredicate::eq,
                                      next, constant(i64, count));
  Block *last = builder.getInsertionBlock();
  Block *done = builder.createBlock(leave);
  builder.setInsertionPointToEnd(last);
  LLVM::CondBrOp::create(builder, loc, isLast, done, ValueRange(), loop,
                         ValueRange{next});
  builder.setInsertionPointToEnd(done);
}

//===- LowerToCalls.cpp - Lowers checks to calls ----------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/Check/IR/Check.h"
#include "dialects/Check/Transforms/Passes.h"
#include "dialects/Coppice/IR/EntryPoint.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace coppice::check {
#define GEN_PASS_DEF_CHECKLOWERTOCALLS
#include "dialects/Check/Transforms/Passes.h.inc"
} // namespace coppice::check

using namespace mlir;
using namespace coppice::check;

static constexpr StringLiteral kFunction = "coppice_check";

/// Returns "file:line:column|2x3": the location of the check and its shape.
static std::string describe(Operation *op) {
  std::string text;
  llvm::raw_string_ostream os(text);
  if (auto file = op->getLoc()->findInstanceOf<FileLineColLoc>())
    os << file.getFilename().getValue() << ":" << file.getLine() << ":"
       << file.getColumn();
  else
    os << op->getLoc();
  os << "|";
  llvm::interleave(cast<MemRefType>(op->getOperand(0).getType()).getShape(), os,
                   "x");
  return text;
}

static ElementKind kindOf(Type element) {
  if (element.isBF16())
    return ElementKind::BFloat16;
  if (isa<FloatType>(element))
    return ElementKind::Float;
  return element.isUnsignedInteger() || element.isInteger(1)
             ? ElementKind::Unsigned
             : ElementKind::Signed;
}

namespace {
struct CheckLowerToCalls
    : coppice::check::impl::CheckLowerToCallsBase<CheckLowerToCalls> {
  using CheckLowerToCallsBase::CheckLowerToCallsBase;

  void runOnOperation() override {
    for (auto function :
         llvm::make_early_inc_range(getOperation().getOps<func::FuncOp>())) {
      SmallVector<Operation *> checks;
      function.walk([&](Operation *op) {
        if (isa<ExpectEqOp, ExpectAlmostEqOp>(op))
          checks.push_back(op);
      });
      if (checks.empty())
        continue;
      // The function is no longer an entry point: other callers have no
      // context.
      coppice::EntryPoint(function).unmark();
      auto type = MemRefType::get({1}, IntegerType::get(&getContext(), 8));
      if (failed(function.insertArgument(function.getNumArguments(), type, {},
                                         function.getLoc())))
        return signalPassFailure();
      for (Operation *op : checks)
        if (failed(lower(op, function.getArguments().back())))
          return signalPassFailure();
    }
    if (texts > 0)
      declare();
  }

private:
  LogicalResult lower(Operation *op, Value context) {
    ImplicitLocOpBuilder b(op->getLoc(), op);
    auto type = dyn_cast<MemRefType>(op->getOperand(0).getType());
    if (!type)
      return op->emitOpError("is not bufferized");
    Type i64 = b.getI64Type(), i32 = b.getI32Type();
    auto address = [&](Value buffer) -> Value {
      Value pointer = memref::ExtractAlignedPointerAsIndexOp::create(b, buffer);
      return arith::IndexCastOp::create(b, i64, pointer);
    };
    auto integer = [&](Type type, int64_t value) -> Value {
      return arith::ConstantOp::create(b, b.getIntegerAttr(type, value));
    };
    Type element = type.getElementType();
    unsigned bits = element.isIndex() ? 64 : element.getIntOrFloatBitWidth();
    double tolerance = -1;
    if (auto almost = dyn_cast<ExpectAlmostEqOp>(op))
      tolerance = almost.getTolerance().convertToDouble();
    Value arguments[] = {
        address(context),
        address(op->getOperand(0)),
        address(op->getOperand(1)),
        integer(i64, type.getNumElements()),
        integer(i32, static_cast<int64_t>(kindOf(element))),
        integer(i32, bits),
        arith::ConstantOp::create(b, b.getF64FloatAttr(tolerance)),
        address(text(b, describe(op)))};
    func::CallOp::create(b, kFunction, TypeRange(), arguments);
    op->erase();
    return success();
  }

  /// Creates a global constant with `string` and a terminating zero.
  Value text(ImplicitLocOpBuilder &b, StringRef string) {
    SmallVector<int8_t> bytes(string.begin(), string.end());
    bytes.push_back(0);
    int64_t size = static_cast<int64_t>(bytes.size());
    auto type = MemRefType::get({size}, b.getI8Type());
    std::string name = ("check_text_" + Twine(texts++)).str();
    OpBuilder module = OpBuilder::atBlockBegin(getOperation().getBody());
    memref::GlobalOp::create(
        module, b.getLoc(), name, module.getStringAttr("private"), type,
        DenseElementsAttr::get(RankedTensorType::get({size}, b.getI8Type()),
                               ArrayRef<int8_t>(bytes)),
        /*constant=*/true, /*alignment=*/IntegerAttr());
    return memref::GetGlobalOp::create(b, type, name);
  }

  void declare() {
    OpBuilder b = OpBuilder::atBlockBegin(getOperation().getBody());
    Type i64 = b.getI64Type(), i32 = b.getI32Type(), f64 = b.getF64Type();
    auto function = func::FuncOp::create(
        b, getOperation().getLoc(), kFunction,
        b.getFunctionType({i64, i64, i64, i64, i32, i32, f64, i64}, {}));
    function.setPrivate();
  }

  unsigned texts = 0;
};
} // namespace

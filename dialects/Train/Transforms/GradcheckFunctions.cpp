//===- GradcheckFunctions.cpp - Losses and gradients to check ---*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/Coppice/IR/EntryPoint.h"
#include "dialects/Coppice/IR/Names.h"
#include "dialects/NN/IR/Expr.h"
#include "dialects/NN/IR/NN.h"
#include "dialects/Train/IR/Train.h"
#include "dialects/Train/Transforms/Passes.h"
#include "lib/Support/Elements.h"
#include "lib/Support/SplitMix64.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/Support/xxhash.h"

using namespace mlir;

namespace coppice::train {
#define GEN_PASS_DEF_TRAINGRADCHECKFUNCTIONS
#include "dialects/Train/Transforms/Passes.h.inc"

namespace {
/// Returns numbers in [-1, 1] that depend on `seed` alone.
std::vector<double> pseudoRandom(uint64_t seed, int64_t count) {
  std::vector<double> result;
  SplitMix64 bits(seed);
  for (int64_t i = 0; i < count; ++i)
    result.push_back(static_cast<double>(bits.next() >> 11) * 0x1.0p-52 - 1.0);
  return result;
}

struct GradcheckFunctions
    : impl::TrainGradcheckFunctionsBase<GradcheckFunctions> {
  using TrainGradcheckFunctionsBase::TrainGradcheckFunctionsBase;

  void runOnOperation() override;

private:
  /// Turns a copy of `source` into a function that returns the loss and, if
  /// asked for, the gradients.
  void build(func::FuncOp source, StringRef suffix, bool withGradients);
};
} // namespace

void GradcheckFunctions::build(func::FuncOp source, StringRef suffix,
                               bool withGradients) {
  func::FuncOp function = source.clone();
  function.setName((source.getName() + suffix).str());
  EntryPoint(function).unmark();
  // The loss and its gradient must be of one function, so dropouts drop the
  // same elements in both.
  function->setAttr(kTrainingAttr, UnitAttr::get(&getContext()));
  getOperation().insert(source, function);
  auto terminator =
      cast<func::ReturnOp>(function.getBody().front().getTerminator());
  OpBuilder builder(terminator);
  Location loc = terminator.getLoc();

  Value output = terminator.getOperand(0);
  auto type = cast<RankedTensorType>(output.getType());
  Value weights = arith::ConstantOp::create(
      builder, loc,
      cast<TypedAttr>(
          makeReals(type,
                    pseudoRandom(llvm::xxh3_64bits(source.getName()),
                                 type.getNumElements()),
                    "gradcheck_weights")));
  nn::TensorExpr e(builder, loc, type.getElementType());
  SmallVector<int64_t> axes =
      llvm::to_vector(llvm::seq<int64_t>(type.getRank()));
  Value loss = e.mul(output, weights);
  if (!axes.empty())
    loss = nn::ReduceOp::create(builder, loc, nn::ReductionKind::sum, loss,
                                axes, /*keepdims=*/false);

  SmallVector<Value> wrt, results = {loss};
  SmallVector<Attribute> resultAttributes = {builder.getDictionaryAttr({})};
  for (BlockArgument argument : function.getArguments())
    if (train::detail::isFloatTensor(argument.getType())) {
      wrt.push_back(argument);
      resultAttributes.push_back(builder.getDictionaryAttr(builder.getNamedAttr(
          "gradcheck.argument",
          builder.getI64IntegerAttr(argument.getArgNumber()))));
    }
  if (withGradients) {
    auto gradient = GradientOp::create(builder, loc, TypeRange(wrt), loss, wrt,
                                       /*seed=*/Value());
    llvm::append_range(results, gradient.getGradients());
  } else {
    resultAttributes.resize(1);
  }
  terminator.getOperandsMutable().assign(results);
  function.setType(
      builder.getFunctionType(function.getArgumentTypes(), TypeRange(results)));
  function.setResAttrsAttr(builder.getArrayAttr(resultAttributes));
}

void GradcheckFunctions::runOnOperation() {
  auto functions = llvm::to_vector(getOperation().getOps<func::FuncOp>());
  for (func::FuncOp function : functions) {
    if (function.isDeclaration() || function.getNumResults() == 0 ||
        llvm::none_of(function.getArgumentTypes(),
                      train::detail::isFloatTensor))
      continue;
    auto type = dyn_cast<RankedTensorType>(function.getResultTypes()[0]);
    if (!type || !type.hasStaticShape() ||
        !train::detail::isFloatTensor(type) ||
        !function.getBody().hasOneBlock() ||
        !isa<func::ReturnOp>(function.getBody().front().getTerminator())) {
      function.emitOpError(
          "cannot be checked: its first result must be a float tensor of "
          "static shape, its body one block that ends in func.return");
      return signalPassFailure();
    }
    build(function, "_loss", /*withGradients=*/false);
    build(function, "_grad", /*withGradients=*/true);
    function.erase();
  }
}
} // namespace coppice::train

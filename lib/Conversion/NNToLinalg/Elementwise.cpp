//===- Elementwise.cpp - Elementwise nn ops to linalg -----------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Conversion/NNToLinalg/Lowering.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace coppice;

/// Returns the element of a splat constant, with a signless type; else null.
static TypedAttr splatElement(Value value) {
  DenseElementsAttr elements;
  if (!matchPattern(value, m_Constant(&elements)) || !elements.isSplat())
    return {};
  Attribute element = elements.getSplatValue<Attribute>();
  if (auto integer = dyn_cast<IntegerAttr>(element))
    return IntegerAttr::get(
        IntegerType::get(value.getContext(),
                         integer.getType().getIntOrFloatBitWidth()),
        integer.getValue());
  return dyn_cast<TypedAttr>(element);
}

Value coppice::parallelIfDefined(LinalgBuilder &b, ArrayRef<int64_t> shape,
                                 Type element, ValueRange inputs,
                                 ArrayRef<AffineMap> maps,
                                 LinalgBuilder::Body body) {
  bool undefined = false;
  Value result =
      b.parallel(shape, element, inputs, maps,
                 [&](OpBuilder &inner, Location loc, ValueRange args) -> Value {
                   Value value = body(inner, loc, args);
                   undefined = !value;
                   return undefined ? args.back() : value;
                 });
  return undefined ? Value() : result;
}

namespace {
/// Creates one generic with the op's scalar function as its body.
struct ElementwiseLowering
    : OpInterfaceConversionPattern<nn::ElementwiseOpInterface> {
  using OpInterfaceConversionPattern::OpInterfaceConversionPattern;
  LogicalResult
  matchAndRewrite(nn::ElementwiseOpInterface op, ArrayRef<Value> operands,
                  ConversionPatternRewriter &rewriter) const override {
    if (hasCodes(op))
      return rewriter.notifyMatchFailure(op, "a layer on codes");
    auto type = cast<RankedTensorType>(
        getTypeConverter()->convertType(op->getResult(0).getType()));
    // Splats become constants of the body; the other operands are inputs.
    SmallVector<TypedAttr> splats;
    SmallVector<Value> inputs;
    SmallVector<AffineMap> maps;
    LinalgBuilder b(op.getLoc(), rewriter);
    for (auto [original, converted] : llvm::zip(op->getOperands(), operands)) {
      splats.push_back(splatElement(original));
      if (splats.back())
        continue;
      inputs.push_back(converted);
      maps.push_back(broadcastMap(b, b.shapeOf(converted), type.getShape()));
    }
    Value result = parallelIfDefined(
        b, type.getShape(), type.getElementType(), inputs, maps,
        [&](OpBuilder &body, Location loc, ValueRange args) -> Value {
          SmallVector<Value> scalars;
          size_t next = 0;
          for (TypedAttr splat : splats)
            scalars.push_back(
                splat ? arith::ConstantOp::create(body, loc, splat).getResult()
                      : args[next++]);
          return op.buildScalar(body, loc, scalars);
        });
    if (!result)
      return rewriter.notifyMatchFailure(
          op, "the function is not defined on this element type");
    rewriter.replaceOp(op, result);
    return success();
  }
};
} // namespace

void coppice::populateElementwiseLowering(RewritePatternSet &patterns,
                                          const TypeConverter &converter) {
  patterns.add<ElementwiseLowering>(converter, patterns.getContext());
}

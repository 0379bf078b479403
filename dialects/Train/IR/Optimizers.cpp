//===- Optimizers.cpp - Update rules -*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/NN/IR/Expr.h"
#include "dialects/NN/IR/NN.h"
#include "dialects/Train/IR/Train.h"

using namespace mlir;
using namespace coppice;
using namespace coppice::train;

//===----------------------------------------------------------------------===//
// SGD
//===----------------------------------------------------------------------===//

SmallVector<StringRef> SGDAttr::getSlotNames() const {
  if (getMomentum().convertToDouble() == 0)
    return {};
  return {"momentum"};
}

SmallVector<Value> SGDAttr::buildDecrement(OpBuilder &builder, Location loc,
                                           Value parameter, Value gradient,
                                           ValueRange slots, Value learningRate,
                                           Value) const {
  nn::TensorExpr e(builder, loc, getElementTypeOrSelf(parameter.getType()));
  if (getWeightDecay().convertToDouble() != 0)
    gradient =
        e.add(gradient,
              e.mul(e.constant(getWeightDecay().convertToDouble()), parameter));
  if (slots.empty())
    return {e.mul(learningRate, gradient)};
  Value momentum = e.add(
      e.mul(e.constant(getMomentum().convertToDouble()), slots[0]), gradient);
  Value direction =
      getNesterov()
          ? e.add(gradient,
                  e.mul(e.constant(getMomentum().convertToDouble()), momentum))
          : momentum;
  return {e.mul(learningRate, direction), momentum};
}

//===----------------------------------------------------------------------===//
// Adam
//===----------------------------------------------------------------------===//

SmallVector<StringRef> AdamAttr::getSlotNames() const {
  return {"first_moment", "second_moment"};
}

SmallVector<Value> AdamAttr::buildDecrement(OpBuilder &builder, Location loc,
                                            Value parameter, Value gradient,
                                            ValueRange slots,
                                            Value learningRate,
                                            Value step) const {
  Type element = getElementTypeOrSelf(parameter.getType());
  nn::TensorExpr e(builder, loc, element);
  Value decay;
  if (getWeightDecay().convertToDouble() != 0) {
    decay = e.mul(e.constant(getWeightDecay().convertToDouble()), parameter);
    if (!getDecoupled())
      gradient = e.add(gradient, decay);
  }
  auto mix = [&](double beta, Value old, Value fresh) {
    return e.add(e.mul(e.constant(beta), old),
                 e.mul(e.constant(1 - beta), fresh));
  };
  Value first = mix(getBeta1().convertToDouble(), slots[0], gradient);
  Value second =
      mix(getBeta2().convertToDouble(), slots[1], e.mul(gradient, gradient));
  // The corrections are computed in f64: 1 - beta^t cancels, and 0.999 in f32
  // makes an error of 5e-5 in 1 - 0.999.
  nn::TensorExpr wide(builder, loc, builder.getF64Type());
  auto scalar = [&](Type type) { return RankedTensorType::get({}, type); };
  Value t =
      nn::CastOp::create(builder, loc, scalar(builder.getF64Type()), step);
  auto correction = [&](double beta) -> Value {
    Value factor = wide.sub(wide.constant(1), wide.pow(wide.constant(beta), t));
    if (element.isF64())
      return factor;
    return nn::CastOp::create(builder, loc, scalar(element), factor);
  };
  Value rate = e.div(learningRate, correction(getBeta1().convertToDouble()));
  Value denominator =
      e.add(e.sqrt(e.div(second, correction(getBeta2().convertToDouble()))),
            e.constant(getEpsilon().convertToDouble()));
  Value decrement = e.mul(rate, e.div(first, denominator));
  if (decay && getDecoupled())
    decrement = e.add(e.mul(learningRate, decay), decrement);
  return {decrement, first, second};
}

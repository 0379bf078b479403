//===- Layers.cpp - The layers that a scheme counts -------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/Train/Analysis/Layers.h"

#include "dialects/LowP/IR/LowP.h"
#include "dialects/NN/IR/NN.h"
#include "dialects/Train/Analysis/Activity.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace coppice;
using namespace coppice::train;
using train::ParameterOp;
using train::ReadOp;

/// Returns the parameter that `value` is up to transposes, reshapes and
/// conversions. `axis` is mapped through the transposes; a reshape loses it.
static ParameterOp
traceParameter(Value value, std::optional<int64_t> &axis,
               train::ParameterRole role = train::ParameterRole::weight) {
  while (Operation *op = value.getDefiningOp()) {
    if (auto read = dyn_cast<ReadOp>(op)) {
      auto parameter = SymbolTable::lookupNearestSymbolFrom<ParameterOp>(
          read, read.getParameterAttr());
      if (parameter && parameter.getRole() == role)
        return parameter;
      return nullptr;
    }
    if (auto transpose = dyn_cast<nn::TransposeOp>(op)) {
      if (axis)
        axis = transpose.getPermutation()[*axis];
    } else if (isa<nn::ReshapeOp>(op)) {
      axis = std::nullopt;
    } else if (!isa<nn::CastOp, lowp::QuantizeOp, lowp::DequantizeOp,
                    lowp::ClampOp, lowp::FakeQuantizeOp>(op)) {
      return nullptr;
    }
    value = op->getOperand(0);
  }
  return nullptr;
}

ParameterOp coppice::train::traceParameter(Value value,
                                           train::ParameterRole role) {
  std::optional<int64_t> axis;
  return value ? ::traceParameter(value, axis, role) : nullptr;
}

/// Whether `value` depends on parameters and constants alone.
static bool isOfParameters(Value value) {
  SmallVector<Value> pending{value};
  llvm::SmallPtrSet<Operation *, 16> seen;
  while (!pending.empty()) {
    Operation *op = pending.pop_back_val().getDefiningOp();
    if (!op)
      return false;
    if (seen.insert(op).second)
      llvm::append_range(pending, op->getOperands());
    // A value computed from parameters alone has few ops; stop at 32.
    if (seen.size() > 32)
      return false;
  }
  return true;
}

/// Returns the parameter that is added to `result` next. Reshapes, transposes
/// and conversions are looked through, and so is a normalization: its shift
/// then takes the place of the bias.
static ParameterOp findAddedBias(Value result) {
  while (result.hasOneUse()) {
    Operation *user = *result.user_begin();
    if (isa<nn::AddOp, nn::SubOp, nn::MulOp>(user)) {
      bool isLeft = user->getOperand(0) == result;
      Value other = user->getOperand(isLeft ? 1 : 0);
      if (isa<nn::AddOp>(user))
        if (ParameterOp bias = traceParameter(other))
          return bias;
      if (!isOfParameters(other) || (isa<nn::SubOp>(user) && !isLeft))
        return nullptr;
    } else if (!isa<nn::ReshapeOp, nn::TransposeOp, nn::CastOp, nn::NormalizeOp,
                    lowp::QuantizeOp, lowp::DequantizeOp, lowp::FakeQuantizeOp>(
                   user)) {
      return nullptr;
    }
    result = user->getResult(0);
  }
  return nullptr;
}

static Layer describeConvolution(Operation *op, Value weight, int64_t axis) {
  Layer layer;
  layer.op = op;
  layer.channelAxis = axis;
  layer.weight = traceParameter(weight, layer.channelAxis);
  return layer;
}

static Layer describeMatMul(nn::MatMulOp op) {
  Layer layer;
  layer.op = op;
  layer.bias = traceParameter(op.getBias());
  int64_t rank = cast<ShapedType>(op.getRhs().getType()).getRank();
  layer.channelAxis = op.getTransposeRhs() ? rank - 1 : rank - 2;
  layer.weight = traceParameter(op.getRhs(), layer.channelAxis);
  if (layer.weight)
    return layer;
  rank = cast<ShapedType>(op.getLhs().getType()).getRank();
  layer.channelAxis = op.getTransposeLhs() ? rank - 2 : rank - 1;
  layer.weight = traceParameter(op.getLhs(), layer.channelAxis);
  return layer;
}

SmallVector<Layer> coppice::train::findLayers(Block &block, Value loss) {
  Activity activity(block, loss, {});
  SmallVector<Layer> layers;
  for (Operation &op : block) {
    if (op.getNumResults() != 1 || !activity.isUseful(op.getResult(0)))
      continue;
    Layer layer =
        llvm::TypeSwitch<Operation *, Layer>(&op)
            .Case([](nn::Conv2DOp conv) {
              int64_t inputs =
                  cast<ShapedType>(conv.getInput().getType()).getDimSize(3);
              bool depthwise = conv.getGroups() > 1 &&
                               static_cast<int64_t>(conv.getGroups()) == inputs;
              Layer result = describeConvolution(conv, conv.getWeight(),
                                                 depthwise ? 3 : 2);
              result.bias = traceParameter(conv.getBias());
              return result;
            })
            .Case([](nn::Conv2DInputGradOp conv) {
              return describeConvolution(conv, conv.getWeight(), 3);
            })
            .Case([](nn::MatMulOp matmul) { return describeMatMul(matmul); })
            .Default(Layer());
    if (!layer.weight)
      continue;
    if (!layer.bias)
      layer.bias = findAddedBias(op.getResult(0));
    layers.push_back(layer);
  }
  return layers;
}

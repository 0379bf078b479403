//===- PublishedCost.cpp - The published estimate of saved bytes *- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "coppice/Report.h"
#include "dialects/NN/IR/NN.h"
#include "dialects/Train/Analysis/Layers.h"
#include "dialects/Train/Transforms/ApplyScheme.h"
#include "lib/Report/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace coppice {
#define GEN_PASS_DEF_REPORTPUBLISHEDCOST
#include "lib/Report/Passes.h.inc"
} // namespace coppice

using namespace mlir;
using namespace coppice;
using train::Layer;
using train::UpdateKind;
using train::UpdateSchemeAttr;

static UpdateSchemeAttr getUpdate(DictionaryAttr schemes,
                                  train::ParameterOp parameter) {
  UpdateSchemeAttr none;
  if (!parameter)
    return none;
  return schemes.getAs<UpdateSchemeAttr>(parameter.getSymName());
}

static bool isTrained(UpdateSchemeAttr update) {
  return update && update.getKind() != UpdateKind::none;
}

/// Pixels of one image.
static int64_t countPixels(Value image) {
  auto shape = cast<ShapedType>(image.getType()).getShape();
  return shape[1] * shape[2];
}

/// Returns the bits of a trained convolution: a mask bit for each element of
/// its result, the bias, and 8 bits for each trained weight and each element of
/// a trained input channel.
static int64_t countBits(nn::Conv2DOp conv, UpdateSchemeAttr weight,
                         UpdateSchemeAttr bias) {
  ArrayRef<int64_t> window = conv.getWeight().getType().getShape();
  int64_t outputs = window[3];
  int64_t inputs = cast<ShapedType>(conv.getInput().getType()).getDimSize(3);
  int64_t bits = 0;
  if (isTrained(bias))
    bits += outputs * countPixels(conv.getResult()) + outputs * 32;
  if (!isTrained(weight))
    return bits;
  int64_t kept = weight.getKind() == UpdateKind::channels
                     ? int64_t(weight.getIndices().size())
                     : inputs;
  bool depthwise = conv.getGroups() > 1 && int64_t(conv.getGroups()) == inputs;
  bits += countPixels(conv.getInput()) * kept * 8;
  bits += (depthwise ? 1 : outputs) * kept * window[0] * window[1] * 8;
  return bits;
}

/// Returns the bits of the classifier: 8 for each element of its input, none
/// for weight and bias.
static int64_t countClassifierBits(Layer layer) {
  if (!layer.channelAxis)
    return 0;
  auto type = cast<ShapedType>(layer.weight.getType());
  return type.getDimSize(*layer.channelAxis) * 8;
}

namespace {
struct ReportPublishedCost
    : coppice::impl::ReportPublishedCostBase<ReportPublishedCost> {
  using ReportPublishedCostBase::ReportPublishedCostBase;
  void runOnOperation() override {
    for (auto function : getOperation().getOps<func::FuncOp>())
      estimate(function);
  }

  void estimate(func::FuncOp function) {
    auto schemes = function->getAttrOfType<DictionaryAttr>(train::kSchemesAttr);
    if (!schemes || !function.getBody().hasOneBlock())
      return;
    train::GradientOp request;
    function.walk([&](train::GradientOp op) { request = op; });
    if (!request)
      return;
    SmallVector<Layer> layers =
        train::findLayers(function.getBody().front(), request.getLoss());
    if (layers.empty())
      return;
    int64_t bits = countClassifierBits(layers.back());
    for (Layer layer : ArrayRef(layers).drop_back())
      if (auto conv = dyn_cast<nn::Conv2DOp>(layer.op))
        bits += countBits(conv, getUpdate(schemes, layer.weight),
                          getUpdate(schemes, layer.bias));
    function->setAttr(kPublishedBitsAttr,
                      Builder(&getContext()).getI64IntegerAttr(bits));
  }
};
} // namespace

//===- Resize.cpp - Resampling ----------------------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "python-free-frontends/ONNX/Importer.h"

using namespace mlir;
using namespace coppice;
using namespace coppice::onnx_frontend;

/// Resamples `input`; returns null after an error.
static Value resample(NodeImporter &node, Value input, ArrayRef<double> scales,
                      ArrayRef<int64_t> sizes, nn::ResizeCoordinate coordinate,
                      nn::ResizeRounding rounding) {
  if (!input)
    return nullptr;
  auto refuse = [](LogicalResult) { return Value(); };
  std::string mode = node.getString("mode", "nearest");
  ArrayRef<int64_t> from = shapeOf(input);
  if (mode != "nearest" && mode != "linear" && mode != "bilinear")
    return refuse(node.unsupported("mode '" + mode + "'"));
  SmallVector<double> ratios(scales);
  SmallVector<int64_t> shape(sizes);
  if ((scales.empty() ? sizes.size() : scales.size()) != from.size())
    return refuse(node.error("scales or sizes must give each axis a number"));
  for (auto [i, extent] : llvm::enumerate(from)) {
    if (scales.empty())
      ratios.push_back(static_cast<double>(sizes[i]) / extent);
    else
      // The product in single precision, as ONNX Runtime computes it: 10 * 1.3
      // is 13, though the float 1.3 is a little less.
      shape.push_back(static_cast<int64_t>(std::floor(
          static_cast<float>(extent) * static_cast<float>(scales[i]))));
    if (!(ratios[i] > 0.0) || shape[i] < 1 || shape[i] > (1 << 30))
      return refuse(
          node.error("axis " + Twine(i) + " would be empty or too large"));
  }
  // Integers are interpolated as floats and truncated, as in ONNX Runtime.
  Type element = elementOf(input), computed = element;
  auto cast = [&](Value value, Type to) -> Value {
    if (!value || elementOf(value) == to)
      return value;
    return node.createTyped<nn::CastOp>(
        RankedTensorType::get(shapeOf(value), to), value);
  };
  if (mode != "nearest" && isa<IntegerType>(element))
    computed = element.getIntOrFloatBitWidth() <= 16 ? node.b.getF32Type()
                                                     : node.b.getF64Type();
  Value result = node.createTyped<nn::ResizeOp>(
      RankedTensorType::get(shape, computed), cast(input, computed),
      mode == "nearest" ? nn::ResizeMode::nearest : nn::ResizeMode::linear,
      coordinate, rounding, ArrayRef<double>(ratios));
  return cast(result, element);
}

static LogicalResult resize(NodeImporter &node, ArrayRef<double> scales,
                            ArrayRef<int64_t> sizes,
                            nn::ResizeCoordinate coordinate,
                            nn::ResizeRounding rounding) {
  return node.setOutput(
      0, resample(node, node.getInput(0), scales, sizes, coordinate, rounding));
}

/// Resize of operator set 10 takes the lower neighbour along an axis that
/// grows, and the upper neighbour along an axis that shrinks. ONNX leaves this
/// open; it is the rule of ONNX Runtime. If both occur, the axes are resampled
/// separately.
static LogicalResult resizeOfSet10(NodeImporter &node) {
  SmallVector<double> scales = node.getConstantFloats(1, "the scales");
  SmallVector<double> shrinking(scales), growing(scales);
  for (auto [shrinks, grows] : llvm::zip(shrinking, growing))
    (shrinks < 1.0 ? grows : shrinks) = 1.0;
  auto apply = [&](Value input, ArrayRef<double> by,
                   nn::ResizeRounding rounding) {
    return resample(node, input, by, {}, nn::ResizeCoordinate::asymmetric,
                    rounding);
  };
  auto isOne = [](double scale) { return scale == 1.0; };
  if (node.getString("mode", "nearest") != "nearest" ||
      llvm::all_of(shrinking, isOne))
    return node.setOutput(
        0, apply(node.getInput(0), scales, nn::ResizeRounding::floor));
  Value result = apply(node.getInput(0), shrinking, nn::ResizeRounding::ceil);
  if (!llvm::all_of(growing, isOne))
    result = apply(result, growing, nn::ResizeRounding::floor);
  return node.setOutput(0, result);
}

static LogicalResult importUpsample(NodeImporter &node) {
  SmallVector<double> scales = node.hasInput(1)
                                   ? node.getConstantFloats(1, "the scales")
                                   : node.getFloats("scales");
  if (node.opset < 7)
    scales = {1.0, 1.0, node.getFloat("height_scale", 1.0),
              node.getFloat("width_scale", 1.0)};
  for (auto [axis, scale] : llvm::enumerate(scales))
    if (scale < 1.0)
      return node.error("axis " + Twine(axis) +
                        " would shrink, but the scales of an Upsample are 1 "
                        "or more; take Resize");
  return resize(node, scales, {}, nn::ResizeCoordinate::asymmetric,
                nn::ResizeRounding::floor);
}

/// Whether input `i` is there and not empty: `scales` and `sizes` exclude each
/// other, and the unused one may be an empty tensor.
static bool isGiven(NodeImporter &node, int i) {
  return node.hasInput(i) && node.getInputType(i).getNumElements() != 0;
}

static LogicalResult importResize(NodeImporter &node) {
  if (node.opset < 11)
    return resizeOfSet10(node);
  std::string coordinateName =
      node.getString("coordinate_transformation_mode", "half_pixel");
  std::string roundingName =
      node.getString("nearest_mode", "round_prefer_floor");
  auto coordinate = nn::symbolizeResizeCoordinate(coordinateName);
  auto rounding = nn::symbolizeResizeRounding(roundingName);
  if (!coordinate)
    return node.unsupported("coordinate_transformation_mode '" +
                            coordinateName + "'");
  if (!rounding)
    return node.error("nearest_mode '" + roundingName + "' is unknown");
  if (node.getInt("antialias", 0) != 0)
    return node.unsupported("antialias");
  std::string policy = node.getString("keep_aspect_ratio_policy", "stretch");
  if (policy != "stretch")
    return node.unsupported("keep_aspect_ratio_policy '" + policy + "'");
  SmallVector<double> scales;
  SmallVector<int64_t> sizes;
  if (isGiven(node, 3))
    sizes = node.getConstantInts(3, "the sizes");
  else if (isGiven(node, 2))
    scales = node.getConstantFloats(2, "the scales");
  else
    return node.error("neither scales nor sizes are given");
  if (node.hasAttr("axes")) {
    ArrayRef<int64_t> from = node.getInputType(0).getShape();
    SmallVector<int64_t> axes =
        node.normalizeAxes(node.getInts("axes"), from.size());
    if (axes.size() != std::max(scales.size(), sizes.size()))
      return node.error("there must be a number for each of the axes");
    SmallVector<double> allScales(scales.empty() ? 0 : from.size(), 1.0);
    SmallVector<int64_t> allSizes(sizes.empty() ? ArrayRef<int64_t>() : from);
    for (auto [i, axis] : llvm::enumerate(axes)) {
      if (!scales.empty())
        allScales[axis] = scales[i];
      else
        allSizes[axis] = sizes[i];
    }
    scales = allScales;
    sizes = allSizes;
  }
  return resize(node, scales, sizes, *coordinate, *rounding);
}

void coppice::onnx_frontend::addResizeOps(OpTable &table) {
  table["Resize"] = {importResize, 1, 4};
  table["Upsample"] = {importUpsample, 1, 2};
  table["Resize"].results = ResultCodes::own;
}

//===- Indexing.cpp - Ops that take, place and repeat elements --*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "python-free-frontends/ONNX/Importer.h"

using namespace mlir;
using namespace coppice;
using namespace coppice::onnx_frontend;

static LogicalResult importConcat(NodeImporter &node) {
  if (node.opset >= 4 && !node.hasAttr("axis"))
    return node.error("attribute 'axis' is missing");
  int64_t axis = node.getAxis("axis", 1, node.getInputType(0).getRank());
  SmallVector<Value> inputs;
  for (int i = 0; i < node.getNumInputs(); ++i)
    inputs.push_back(node.getInput(i));
  // Operands without an extent along the axis add no elements.
  if (!llvm::is_contained(inputs, Value()) && !node.hasFailed()) {
    SmallVector<Value> all = inputs;
    llvm::erase_if(inputs, [&](Value value) {
      return rankOf(value) > axis && shapeOf(value)[axis] == 0;
    });
    if (inputs.empty())
      inputs.push_back(all.front());
  }
  if (inputs.size() == 1)
    return node.setOutput(0, inputs[0]);
  return node.setOutput(
      0, node.create<nn::ConcatOp>(inputs, static_cast<uint64_t>(axis)));
}

static Value slice(NodeImporter &node, Value input, ArrayRef<int64_t> starts,
                   ArrayRef<int64_t> strides, ArrayRef<int64_t> shape) {
  if (!input)
    return {};
  if (llvm::is_contained(shape, 0))
    return node.constant(FileTensor{
        RankedTensorType::get(shape, elementOf(input)), {}, nullptr});
  return node.createTyped<nn::SliceOp>(
      RankedTensorType::get(shape, elementOf(input)), input, starts, strides);
}

static LogicalResult importSlice(NodeImporter &node) {
  SmallVector<int64_t> shape(node.getInputType(0).getShape());
  int64_t rank = shape.size();
  bool fromInputs = node.opset >= 10;
  SmallVector<int64_t> starts, ends;
  if (fromInputs) {
    if (!node.hasInput(1) || !node.hasInput(2))
      return node.error("starts and ends are missing");
    starts = node.getConstantInts(1, "starts");
    ends = node.getConstantInts(2, "ends");
  } else {
    starts = node.getInts("starts");
    ends = node.getInts("ends");
  }
  SmallVector<int64_t> axes = node.getIntsOf(3, "axes").value_or(
      llvm::to_vector(llvm::seq<int64_t>(0, starts.size())));
  SmallVector<int64_t> steps =
      node.getIntsOf(4, "steps")
          .value_or(SmallVector<int64_t>(starts.size(), 1));
  axes = node.normalizeAxes(axes, rank);
  if (node.hasFailed())
    return failure();
  if (starts.size() != ends.size() || starts.size() != axes.size() ||
      starts.size() != steps.size())
    return node.error("starts, ends, axes and steps differ in length");
  SmallVector<int64_t> first(rank, 0), stride(rank, 1);
  for (auto [axis, start, end, step] : llvm::zip(axes, starts, ends, steps)) {
    int64_t extent = shape[axis];
    if (step == 0)
      return node.error("a step is 0");
    step = std::clamp<int64_t>(step, -extent - 1, extent + 1);
    // A value far out of range means the end. Saturate before adding.
    auto normalize = [&](int64_t i, int64_t low, int64_t high) {
      i = std::clamp<int64_t>(i, -(int64_t(1) << 40), int64_t(1) << 40);
      return std::clamp<int64_t>(i < 0 ? i + extent : i, low, high);
    };
    int64_t low = step > 0 ? 0 : -1, high = step > 0 ? extent : extent - 1;
    int64_t from = normalize(start, step > 0 ? 0 : -1, high),
            to = normalize(end, low, high);
    int64_t span = step > 0 ? to - from : from - to;
    shape[axis] =
        std::max<int64_t>(0, llvm::divideCeilSigned(span, std::abs(step)));
    first[axis] = std::max<int64_t>(0, from);
    stride[axis] = step;
  }
  return node.setOutput(0, slice(node, node.getInput(0), first, stride, shape));
}

static LogicalResult importSplit(NodeImporter &node) {
  Value input = node.getInput(0);
  if (!input)
    return failure();
  SmallVector<int64_t> shape(shapeOf(input));
  int64_t rank = shape.size(), axis = node.getAxis("axis", 0, rank);
  std::optional<SmallVector<int64_t>> sizes = node.getIntsOf(1, "split");
  if (node.hasFailed())
    return failure();
  int64_t extent = shape[axis], parts = node.proto.output_size();
  if (!sizes) {
    int64_t size = llvm::divideCeil(extent, std::max<int64_t>(1, parts));
    if (node.opset < 18 && size * parts != extent)
      return node.error("axis " + Twine(axis) + " of extent " + Twine(extent) +
                        " does not split into " + Twine(parts) +
                        " equal parts");
    sizes.emplace();
    for (int64_t left = extent, i = 0; i < parts; ++i, left -= size)
      sizes->push_back(std::clamp<int64_t>(left, 0, size));
  }
  int64_t total = 0;
  for (int64_t size : *sizes)
    total += std::clamp<int64_t>(size, -1, extent + 1);
  if (static_cast<int64_t>(sizes->size()) != parts || total != extent ||
      llvm::any_of(*sizes, [](int64_t size) { return size < 0; }))
    return node.error("the parts do not add up to extent " + Twine(extent));
  SmallVector<int64_t> starts(rank, 0), strides(rank, 1);
  for (auto [i, size] : llvm::enumerate(*sizes)) {
    shape[axis] = size;
    if (failed(node.setOutput(i, slice(node, input, starts, strides, shape))))
      return failure();
    starts[axis] += size;
  }
  return success();
}

static LogicalResult importPad(NodeImporter &node) {
  int64_t rank = node.getInputType(0).getRank();
  std::optional<SmallVector<int64_t>> pads =
      node.getIntsOf(1, node.opset < 2 ? "paddings" : "pads");
  if (!pads)
    return node.error("the pads are missing");
  double value = node.getFloat("value", 0.0);
  if (node.hasInput(2)) {
    SmallVector<double> given = node.getConstantFloats(2, "the value");
    if (given.size() == 1)
      value = given[0];
  }
  SmallVector<int64_t> axes =
      node.normalizeAxes(node.getIntsOf(3, "axes").value_or(
                             llvm::to_vector(llvm::seq<int64_t>(0, rank))),
                         rank);
  std::string mode = node.getString("mode", "constant");
  std::optional<nn::PadMode> padMode = nn::symbolizePadMode(mode);
  if (node.hasFailed())
    return failure();
  if (!padMode)
    return node.error("mode '" + mode + "' is unknown");
  if (pads->size() != 2 * axes.size())
    return node.error("there are " + Twine(pads->size()) +
                      " pads, not two "
                      "for each of " +
                      Twine(axes.size()) + " axes");
  SmallVector<int64_t> low(rank, 0), high(rank, 0);
  for (auto [i, axis] : llvm::enumerate(axes)) {
    low[axis] = (*pads)[i];
    high[axis] = (*pads)[axes.size() + i];
    if (std::abs(low[axis]) > (1 << 30) || std::abs(high[axis]) > (1 << 30))
      return node.error("a pad is too large");
  }
  return node.setOutput(0, node.create<nn::PadOp>(node.getInput(0),
                                                  ArrayRef<int64_t>(low),
                                                  ArrayRef<int64_t>(high),
                                                  *padMode, APFloat(value)));
}

/// Refuses a known index outside of its axis. At run time, an index is clamped
/// to the axis.
static LogicalResult checkIndices(NodeImporter &node, int i, int64_t extent,
                                  int64_t axis) {
  std::optional<FileTensor> indices = node.getKnown(i);
  if (!indices || indices->isFloat())
    return success();
  for (int64_t index : indices->getInts())
    if (index < -extent || index >= extent)
      return node.error("index " + Twine(index) + " in '" +
                        node.proto.input(i) + "' is outside axis " +
                        Twine(axis) + " of '" + node.proto.input(0) +
                        "', whose extent is " + Twine(extent));
  return success();
}

static LogicalResult importGather(NodeImporter &node) {
  ArrayRef<int64_t> shape = node.getInputType(0).getShape();
  int64_t axis = node.getAxis("axis", 0, shape.size());
  if (node.hasFailed() || shape.empty())
    return node.error("the input has no axis to gather along");
  if (failed(checkIndices(node, 1, shape[axis], axis)))
    return failure();
  return node.setOutput(
      0, node.create<nn::GatherOp>(node.getInput(0), node.getInput(1),
                                   static_cast<uint64_t>(axis)));
}

/// Takes one element along `axis` for each index: a gather from the flat input,
/// at the index times the stride of the axis, plus the offset of the other
/// axes.
static LogicalResult importGatherElements(NodeImporter &node) {
  Value input = node.getInput(0), indices = node.getInput(1);
  if (!input || !indices)
    return failure();
  ArrayRef<int64_t> from = shapeOf(input), to = shapeOf(indices);
  int64_t rank = from.size(), axis = node.getAxis("axis", 0, rank);
  if (rank == 0 || to.size() != from.size())
    return node.error("input and indices must have the same rank, 1 or more");
  if (failed(checkIndices(node, 1, from[axis], axis)))
    return failure();
  SmallVector<int64_t> strides(rank, 1);
  for (int64_t i = rank - 1; i > 0; --i)
    strides[i - 1] = strides[i] * from[i];
  Type i64 = node.b.getI64Type();
  if (elementOf(indices) != i64)
    indices =
        node.createTyped<nn::CastOp>(RankedTensorType::get(to, i64), indices);
  // Negative indices count from the end.
  Value index = node.create<nn::WhereOp>(
      node.create<nn::CompareOp>(nn::Comparison::lt, indices,
                                 node.scalar(i64, 0)),
      node.create<nn::AddOp>(indices, node.scalar(i64, from[axis])), indices);
  index = node.create<nn::MulOp>(index, node.scalar(i64, strides[axis]));
  for (int64_t i = 0; i < rank; ++i) {
    if (to[i] > from[i] && i != axis)
      return node.error("the indices reach past axis " + Twine(i));
    if (i == axis || to[i] == 1)
      continue;
    SmallVector<int64_t> places, shape(rank, 1);
    for (int64_t place = 0; place < to[i]; ++place)
      places.push_back(place * strides[i]);
    shape[i] = to[i];
    index = node.create<nn::AddOp>(
        index, node.constant(FileTensor::get(RankedTensorType::get(shape, i64),
                                             ArrayRef<int64_t>(places))));
  }
  Value flat = node.reshape(input, {ShapedType::getNumElements(from)});
  return node.setOutput(
      0, node.create<nn::GatherOp>(flat, index, static_cast<uint64_t>(0)));
}

static Value expand(NodeImporter &node, Value input, ArrayRef<int64_t> shape) {
  if (!input || shapeOf(input) == shape)
    return input;
  return node.createTyped<nn::ExpandOp>(
      RankedTensorType::get(shape, elementOf(input)), input);
}

static LogicalResult importExpand(NodeImporter &node) {
  SmallVector<int64_t> shape = node.getConstantInts(1, "the shape");
  if (node.hasFailed())
    return failure();
  std::optional<SmallVector<int64_t>> result =
      nn::broadcastShapes(node.getInputType(0).getShape(), shape);
  if (!result || llvm::any_of(*result, [](int64_t extent) {
        return extent < 0 || extent > (int64_t(1) << 32);
      }))
    return node.error("the input does not broadcast to the shape");
  return node.setOutput(0, expand(node, node.getInput(0), *result));
}

/// Each axis becomes a pair (repeat, extent), of which the first is broadcast.
static LogicalResult importTile(NodeImporter &node) {
  ArrayRef<int64_t> shape = node.getInputType(0).getShape();
  SmallVector<int64_t> repeats = node.getConstantInts(1, "the repeats");
  if (node.hasFailed())
    return failure();
  if (repeats.size() != shape.size() ||
      llvm::any_of(repeats, [](int64_t n) { return n < 1 || n > (1 << 30); }))
    return node.error("repeats must give each axis a positive number");
  SmallVector<int64_t> pairs, wide, result;
  for (auto [extent, repeat] : llvm::zip(shape, repeats)) {
    pairs.append({1, extent});
    wide.append({repeat, extent});
    result.push_back(repeat * extent);
  }
  Value value = expand(node, node.reshape(node.getInput(0), pairs), wide);
  return node.setOutput(0, node.reshape(value, result));
}

/// off + one_hot (on - off), with the new axis at the place that the node asks
/// for.
static LogicalResult importOneHot(NodeImporter &node) {
  Value indices = node.getInput(0), values = node.getInput(2);
  SmallVector<double> depths = node.getConstantFloats(1, "the depth");
  if (!indices || !values || node.hasFailed())
    return failure();
  int64_t depth = depths.size() == 1 ? static_cast<int64_t>(depths[0]) : 0;
  if (depth < 1 || depth > (1 << 30) || shapeOf(values) != ArrayRef<int64_t>{2})
    return node.error("depth must be a positive number and values a pair");
  int64_t rank = rankOf(indices) + 1, axis = node.getAxis("axis", -1, rank);
  Type i64 = node.b.getI64Type(), element = elementOf(values);
  if (elementOf(indices) != i64)
    indices = node.createTyped<nn::CastOp>(
        RankedTensorType::get(shapeOf(indices), i64), indices);
  // Negative indices count from the end.
  Value isNegative = node.create<nn::CompareOp>(nn::Comparison::lt, indices,
                                                node.scalar(i64, 0));
  indices = node.create<nn::WhereOp>(
      isNegative, node.create<nn::AddOp>(indices, node.scalar(i64, depth)),
      indices);
  if (!indices)
    return failure();
  SmallVector<int64_t> shape(shapeOf(indices));
  shape.push_back(depth);
  Value hot = node.createTyped<nn::OneHotOp>(
      RankedTensorType::get(shape, element), indices);
  auto pick = [&](int64_t i) {
    return node.reshape(slice(node, values, {i}, {1}, {1}), {});
  };
  Value off = pick(0), on = pick(1);
  Value result = node.create<nn::AddOp>(
      node.create<nn::MulOp>(hot, node.create<nn::SubOp>(on, off)), off);
  if (axis != rank - 1) {
    SmallVector<int64_t> permutation =
        llvm::to_vector(llvm::seq<int64_t>(0, rank - 1));
    permutation.insert(permutation.begin() + axis, rank - 1);
    result = node.transpose(result, permutation);
  }
  return node.setOutput(0, result);
}

/// Blocks of pixels become channels or the reverse: a transpose between
/// reshapes.
static LogicalResult importDepthToSpace(NodeImporter &node) {
  ArrayRef<int64_t> s = node.getInputType(0).getShape();
  int64_t size = node.getInt("blocksize", 0);
  if (s.size() != 4 || size < 1 || size > (1 << 15) ||
      s[1] % (size * size) != 0)
    return node.error("blocksize squared must divide the channels of an "
                      "N×C×H×W input");
  int64_t channels = s[1] / (size * size);
  bool columnFirst = node.getString("mode", "DCR") == "CRD";
  Value x = node.getInput(0);
  if (columnFirst) {
    x = node.reshape(x, {s[0], channels, size, size, s[2], s[3]});
    x = node.transpose(x, {0, 1, 4, 2, 5, 3});
  } else {
    x = node.reshape(x, {s[0], size, size, channels, s[2], s[3]});
    x = node.transpose(x, {0, 3, 4, 1, 5, 2});
  }
  return node.setOutput(
      0, node.reshape(x, {s[0], channels, s[2] * size, s[3] * size}));
}

static LogicalResult importSpaceToDepth(NodeImporter &node) {
  ArrayRef<int64_t> s = node.getInputType(0).getShape();
  int64_t size = node.getInt("blocksize", 0);
  if (s.size() != 4 || size < 1 || s[2] % size != 0 || s[3] % size != 0)
    return node.error("blocksize must divide height and width of an N×C×H×W "
                      "input");
  Value x = node.reshape(node.getInput(0),
                         {s[0], s[1], s[2] / size, size, s[3] / size, size});
  x = node.transpose(x, {0, 3, 5, 1, 2, 4});
  return node.setOutput(
      0, node.reshape(x, {s[0], s[1] * size * size, s[2] / size, s[3] / size}));
}

void coppice::onnx_frontend::addIndexingOps(OpTable &table) {
  table["Concat"] = {importConcat, 1, kVariadic};
  table["DepthToSpace"] = {importDepthToSpace, 1, 1};
  table["Expand"] = {importExpand, 2, 2};
  table["Gather"] = {importGather, 2, 2};
  table["GatherElements"] = {importGatherElements, 2, 2};
  table["OneHot"] = {importOneHot, 3, 3};
  table["Pad"] = {importPad, 1, 4};
  table["Slice"] = {importSlice, 1, 5, 1, Codes::asQuantized};
  table["SpaceToDepth"] = {importSpaceToDepth, 1, 1};
  table["Split"] = {importSplit, 1, 2, kVariadic, Codes::asQuantized};
  table["Tile"] = {importTile, 2, 2};
  table["Gather"].roles = {OperandRole::weight};
  table["Split"].forwards = true;
  table["Concat"].results = ResultCodes::own;
}

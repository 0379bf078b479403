//===- Layers.cpp - Random layers -------------------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/RandomGraphs/Builder.h"

#include <cmath>

using namespace llvm;
using namespace coppice;
using namespace coppice::random_graphs;

static double sumBound(double a, double b, int64_t terms) {
  return 1.5 * a * b * std::sqrt(static_cast<double>(terms)) + 1;
}

/// An image of rank 4 or 3; now and then a new input.
static std::optional<Item> pickImage(Builder &b) {
  int64_t rank = b.chance(85) ? 4 : 3;
  std::optional<Item> x = b.pickFloat(rank, rank);
  if (!x && b.graph.inputs.size() < 4) {
    Shape shape;
    for (int64_t i = 0; i < rank; ++i)
      shape.push_back(i < 2 ? b.between(1, 4) : b.between(3, 6));
    x = b.addInput(b.real, shape, -2, 2);
  }
  if (!x || x->value.size() == 0)
    return std::nullopt;
  return b.bounded(*x, 20);
}

namespace {
/// A window over the spatial axes and its attributes.
struct WindowChoice {
  std::vector<int64_t> kernel, strides, dilations, pads;
  Shape out; // spatial
  std::string text;
};
} // namespace

static WindowChoice chooseWindow(Builder &b, ArrayRef<int64_t> spatial,
                                 bool isPool) {
  WindowChoice w;
  std::vector<int64_t> ends;
  bool roundsUp = isPool && b.chance(25);
  for (int64_t extent : spatial) {
    int64_t kernel = b.between(1, std::min<int64_t>(extent, 3));
    int64_t dilation = (kernel - 1) * 2 + 1 <= extent && b.chance(25) ? 2 : 1;
    int64_t reach = (kernel - 1) * dilation + 1;
    // A pool's padding is less than its kernel.
    int64_t most = isPool ? kernel - 1 : 2;
    int64_t low = b.chance(50) ? b.between(0, most) : 0;
    int64_t high = b.chance(50) ? b.between(0, most) : 0;
    int64_t stride = b.chance(65) ? 1 : b.between(2, 3);
    w.kernel.push_back(kernel), w.strides.push_back(stride);
    w.dilations.push_back(dilation), w.pads.push_back(low);
    ends.push_back(high);
    int64_t room = extent + low + high - reach;
    int64_t count = room / stride + 1;
    // Add a window if it begins before the end of the image.
    if (roundsUp && room % stride != 0 && count * stride < extent + low)
      ++count;
    w.out.push_back(count);
  }
  w.pads.insert(w.pads.end(), ends.begin(), ends.end());
  w.text = attribute("kernel_shape", ArrayRef(w.kernel)) + ", " +
           attribute("strides", ArrayRef(w.strides)) + ", " +
           attribute("pads", ArrayRef(w.pads)) + ", " +
           attribute("dilations", ArrayRef(w.dilations));
  if (roundsUp)
    w.text += ", " + attribute("ceil_mode", int64_t(1));
  return w;
}

static bool addConv(Builder &b) {
  std::optional<Item> x = pickImage(b);
  if (!x)
    return false;
  ArrayRef<int64_t> shape = x->shape();
  WindowChoice window = chooseWindow(b, shape.drop_front(2), /*isPool=*/false);
  int64_t channels = shape[1], groups = 1, features = b.between(1, 5);
  if (b.chance(25))
    groups = channels, features = channels * b.between(1, 2);
  else if (channels % 2 == 0 && b.chance(20))
    groups = 2, features = 2 * b.between(1, 2);
  Shape weight = {features, channels / groups};
  weight.append(window.kernel.begin(), window.kernel.end());
  std::vector<std::string> inputs = {x->name(),
                                     b.addWeight(weight, -1, 1).name()};
  if (b.chance(60))
    inputs.push_back(b.addWeight({features}, -1, 1).name());
  Shape out = {shape[0], features};
  int64_t terms = channels / groups;
  for (auto [extent, kernel] : zip(window.out, window.kernel))
    out.push_back(extent), terms *= kernel;
  b.emit("Conv", inputs, window.text + ", " + attribute("group", groups),
         x->value.kind, out, sumBound(x->bound, 1, terms));
  return true;
}

static bool addConvTranspose(Builder &b) {
  std::optional<Item> x = pickImage(b);
  if (!x || x->rank() != 4)
    return false;
  ArrayRef<int64_t> shape = x->shape();
  int64_t features = b.between(1, 3);
  std::vector<int64_t> kernel, strides, pads(4, 0), more;
  Shape out = {shape[0], features};
  for (int axis = 0; axis < 2; ++axis) {
    kernel.push_back(b.between(1, 3)), strides.push_back(b.between(1, 2));
    for (int64_t i : {axis, axis + 2})
      pads[i] = b.chance(40) ? b.between(0, kernel[axis] - 1) : 0;
    more.push_back(strides[axis] > 1 && b.chance(40) ? 1 : 0);
    int64_t extent = (shape[2 + axis] - 1) * strides[axis] + kernel[axis] +
                     more[axis] - pads[axis] - pads[axis + 2];
    if (extent < 1)
      return false;
    out.push_back(extent);
  }
  if (out[0] * out[1] * out[2] * out[3] > kMostElements)
    return false;
  std::vector<std::string> inputs = {
      x->name(),
      b.addWeight({shape[1], features, kernel[0], kernel[1]}, -1, 1).name()};
  if (b.chance(50))
    inputs.push_back(b.addWeight({features}, -1, 1).name());
  b.emit("ConvTranspose", inputs,
         attribute("strides", ArrayRef(strides)) + ", " +
             attribute("pads", ArrayRef(pads)) + ", " +
             attribute("output_padding", ArrayRef(more)),
         x->value.kind, out,
         sumBound(x->bound, 1, shape[1] * kernel[0] * kernel[1]));
  return true;
}

static bool addPool(Builder &b) {
  std::optional<Item> x = pickImage(b);
  if (!x)
    return false;
  ArrayRef<int64_t> shape = x->shape();
  if (b.chance(20)) {
    Shape out(shape);
    for (int64_t &extent : MutableArrayRef(out).drop_front(2))
      extent = 1;
    b.emit(b.oneOf<StringRef>({"GlobalAveragePool", "GlobalMaxPool"}),
           {x->name()}, "", x->value.kind, out, x->bound);
    return true;
  }
  if (b.chance(15)) {
    // Let the operator compute the padding.
    std::vector<int64_t> kernel, strides;
    Shape out(shape.take_front(2));
    for (int64_t extent : shape.drop_front(2)) {
      kernel.push_back(b.between(1, std::min<int64_t>(extent, 3)));
      strides.push_back(b.between(1, kernel.back()));
      out.push_back((extent + strides.back() - 1) / strides.back());
    }
    b.emit(b.oneOf<StringRef>({"MaxPool", "AveragePool"}), {x->name()},
           attribute("kernel_shape", ArrayRef(kernel)) + ", " +
               attribute("strides", ArrayRef(strides)) + ", " +
               attribute("auto_pad",
                         b.oneOf<StringRef>({"SAME_UPPER", "SAME_LOWER"})),
           x->value.kind, out, x->bound);
    return true;
  }
  WindowChoice window = chooseWindow(b, shape.drop_front(2), /*isPool=*/true);
  Shape out(shape.take_front(2));
  append_range(out, window.out);
  StringRef op = b.oneOf<StringRef>({"MaxPool", "AveragePool"});
  std::string text = window.text;
  if (op == "AveragePool" && b.chance(40))
    text += ", " + attribute("count_include_pad", int64_t(1));
  b.emit(op, {x->name()}, text, x->value.kind, out, x->bound);
  return true;
}

static bool addMatMul(Builder &b) {
  std::optional<Item> x = b.pickFloat(2, 4);
  if (!x)
    return false;
  Item lhs = b.bounded(*x, 20);
  int64_t depth = lhs.shape().back(), columns = b.between(1, 5);
  auto fits = [&](const Item &item) {
    return item.value.kind == lhs.value.kind && item.rank() >= 2 &&
           item.shape()[item.rank() - 2] == depth && item.bound <= 20 &&
           broadcast(ArrayRef<int64_t>(item.shape()).drop_back(2),
                     ArrayRef<int64_t>(lhs.shape()).drop_back(2));
  };
  std::optional<Item> rhs = b.chance(40) ? b.pick(fits) : std::nullopt;
  if (!rhs) {
    Shape weight = {depth, columns};
    if (lhs.rank() > 2 && b.chance(25))
      weight.insert(weight.begin(), lhs.shape()[lhs.rank() - 3]);
    rhs = b.addWeight(weight, -1, 1);
  }
  Shape out = *broadcast(ArrayRef<int64_t>(lhs.shape()).drop_back(2),
                         ArrayRef<int64_t>(rhs->shape()).drop_back(2));
  out.push_back(lhs.shape()[lhs.rank() - 2]);
  out.push_back(rhs->shape().back());
  if (countElements(out) > kMostElements)
    return false;
  Item y = b.emit("MatMul", {lhs.name(), rhs->name()}, "", lhs.value.kind, out,
                  sumBound(lhs.bound, rhs->bound, depth));
  if (b.chance(30))
    b.emit("Add", {y.name(), b.addWeight({out.back()}, -1, 1).name()}, "",
           y.value.kind, out, y.bound + 1);
  return true;
}

static bool addGemm(Builder &b) {
  std::optional<Item> x = b.pickFloat(2, 2);
  if (!x)
    return false;
  Item a = b.bounded(*x, 20);
  bool transA = b.chance(25), transB = b.chance(50);
  int64_t rows = a.shape()[transA ? 1 : 0], depth = a.shape()[transA ? 0 : 1];
  int64_t columns = b.between(1, 5);
  Item w = b.addWeight(transB ? Shape{columns, depth} : Shape{depth, columns},
                       -1, 1);
  std::vector<std::string> inputs = {a.name(), w.name()};
  if (b.chance(70))
    inputs.push_back(b.addWeight(b.oneOf<Shape>({Shape{columns}, Shape{columns},
                                                 Shape{1, columns}, Shape{},
                                                 Shape{rows, 1}}),
                                 -1, 1)
                         .name());
  std::string text = attribute("transA", int64_t(transA)) + ", " +
                     attribute("transB", int64_t(transB));
  if (b.chance(25))
    text += ", " + attribute("alpha", b.uniform(0.5, 1.5)) + ", " +
            attribute("beta", b.uniform(0.5, 1.5));
  b.emit("Gemm", inputs, text, a.value.kind, {rows, columns},
         1.5 * sumBound(a.bound, 1, depth) + 2);
  return true;
}

static bool addNorm(Builder &b) {
  std::optional<Item> x = b.pickFloat(2, 4);
  if (!x || x->value.size() == 0)
    return false;
  int64_t channels = x->shape()[1];
  auto vector = [&](int64_t size, double low, double high) {
    return b.addWeight({size}, low, high).name();
  };
  // Variances of few elements may be nearly 0.
  std::string epsilon = attribute("epsilon", b.uniform(0.01, 0.1));
  switch (b.below(5)) {
  case 4: {
    int64_t groups = channels % 2 == 0 && b.chance(70) ? 2 : 1;
    // A scale for each group until set 20, for each channel from set 21 on.
    int64_t scales = b.graph.opset < 21 ? groups : channels;
    if (x->rank() < 3)
      return false;
    b.emit("GroupNormalization",
           {x->name(), vector(scales, 0.5, 1.5), vector(scales, -1, 1)},
           epsilon + ", " + attribute("num_groups", groups), x->value.kind,
           x->shape(), 4);
    return true;
  }
  case 0: {
    int64_t last = x->shape().back();
    std::vector<std::string> inputs = {x->name(), vector(last, 0.5, 1.5)};
    if (b.chance(70))
      inputs.push_back(vector(last, -1, 1));
    b.emit("LayerNormalization", inputs,
           attribute("axis", int64_t(-1)) + ", " + epsilon, x->value.kind,
           x->shape(), 4);
    return true;
  }
  case 1:
    if (x->rank() < 3)
      return false;
    b.emit("InstanceNormalization",
           {x->name(), vector(channels, 0.5, 1.5), vector(channels, -1, 1)},
           epsilon, x->value.kind, x->shape(), 4);
    return true;
  case 2:
    b.emit("LpNormalization", {x->name()},
           attribute("axis", b.below(x->rank())) + ", " +
               attribute("p", int64_t(2)),
           x->value.kind, x->shape(), 1);
    return true;
  default:
    b.emit("BatchNormalization",
           {x->name(), vector(channels, 0.5, 1.5), vector(channels, -1, 1),
            vector(channels, -0.5, 0.5), vector(channels, 0.5, 2)},
           epsilon, x->value.kind, x->shape(), 2 * x->bound + 2);
    return true;
  }
}

static bool addSoftmax(Builder &b) {
  std::optional<Item> x = b.pickFloat(1);
  if (!x || x->value.size() == 0)
    return false;
  StringRef op = b.oneOf<StringRef>({"Softmax", "Softmax", "LogSoftmax"});
  b.emitLike(op, *x, op == "Softmax" ? 1 : 2 * x->bound + 3,
             attribute("axis", b.below(x->rank())));
  return true;
}

static bool addReduce(Builder &b) {
  std::optional<Item> x = b.pickFloat(1);
  if (!x)
    return false;
  StringRef op = b.oneOf<StringRef>(
      {"ReduceSum", "ReduceMean", "ReduceMax", "ReduceMin", "ReduceProd",
       "ReduceL1", "ReduceL2", "ReduceSumSquare", "ReduceLogSumExp"});
  std::vector<int64_t> axes;
  bool keep = b.chance(50);
  Shape shape;
  int64_t terms = 1;
  for (int64_t axis = 0; axis < x->rank(); ++axis) {
    if (b.chance(50)) {
      axes.push_back(b.chance(70) ? axis : axis - x->rank());
      terms *= x->shape()[axis];
      if (keep)
        shape.push_back(1);
    } else {
      shape.push_back(x->shape()[axis]);
    }
  }
  if (axes.empty() || (terms == 0 && op != "ReduceSum"))
    return false;
  Item y = *x;
  double n = static_cast<double>(terms), bound = y.bound;
  if (op == "ReduceProd") {
    if (terms > 8)
      return false;
    y = b.bounded(*x, 1.7);
    bound = std::pow(y.bound, n);
  } else if (op == "ReduceLogSumExp") {
    y = b.bounded(*x, 4);
    bound = y.bound + std::log(n);
  } else if (op == "ReduceSumSquare") {
    y = b.bounded(*x, 8);
    bound = n * y.bound * y.bound;
  } else if (op == "ReduceSum" || op == "ReduceL1") {
    bound = n * y.bound;
  } else if (op == "ReduceL2") {
    bound = std::sqrt(n) * y.bound;
  }
  b.emit(op, {y.name(), b.addIntegers(axes)},
         attribute("keepdims", int64_t(keep)), y.value.kind, shape, bound);
  return true;
}

static bool addResize(Builder &b) {
  std::optional<Item> x = pickImage(b);
  if (!x || x->rank() != 4 || b.real == ElementKind::F64)
    return false;
  Shape shape = x->shape();
  std::vector<int64_t> sizes(shape.begin(), shape.end());
  for (int axis : {2, 3})
    sizes[axis] = b.between(1, 2 * shape[axis]);
  if (countElements(sizes) > kMostElements)
    return false;
  bool linear = b.chance(60);
  std::string text =
      attribute("mode", StringRef(linear ? "linear" : "nearest")) + ", " +
      attribute("coordinate_transformation_mode",
                b.oneOf<StringRef>({"half_pixel", "asymmetric", "align_corners",
                                    "pytorch_half_pixel"}));
  if (!linear)
    text += ", " +
            attribute("nearest_mode", b.oneOf<StringRef>({"round_prefer_floor",
                                                          "round_prefer_ceil",
                                                          "floor", "ceil"}));
  b.emit("Resize", {x->name(), "", "", b.addIntegers(sizes)}, text,
         x->value.kind, sizes, x->bound);
  return true;
}

ArrayRef<Rule> random_graphs::layerRules() {
  static constexpr Rule rules[] = {
      addConv,   addConv,   addConvTranspose, addPool,  addMatMul,
      addMatMul, addGemm,   addGemm,          addNorm,  addNorm,
      addReduce, addReduce, addSoftmax,       addResize};
  return rules;
}

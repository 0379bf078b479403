//===- Reduction.cpp - Windows, reductions, softmax -------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Reference/Ops.h"

#include "llvm/ADT/TypeSwitch.h"

#include <cmath>

using namespace llvm;
using namespace coppice;
using namespace coppice::reference;
using mlir::Operation;

Gathered reference::gatherAxes(ArrayRef<int64_t> in, ArrayRef<int64_t> axes) {
  SmallVector<int64_t> kept(in);
  for (int64_t axis : axes)
    kept[axis] = 1;
  Gathered result;
  result.sources.resize(mlir::ShapedType::getNumElements(kept));
  int64_t flat = 0;
  forEachIndex(in, [&](ArrayRef<int64_t> index) {
    result.sources[flatIndex(index, kept)].push_back(flat++);
  });
  for (const std::vector<int64_t> &group : result.sources)
    result.counts.push_back(static_cast<int64_t>(group.size()));
  return result;
}

static ReferenceTensor largest(const ReferenceTensor &x,
                               ArrayRef<int64_t> shape,
                               const Gathered &gathered, double sign) {
  ReferenceTensor y = emptied(x, shape);
  for (const std::vector<int64_t> &group : gathered.sources) {
    // The reduction of no elements.
    if (group.empty()) {
      y.reals.push_back(-sign * HUGE_VAL);
      continue;
    }
    append(y, x, *llvm::max_element(group, [&](int64_t i, int64_t j) {
             return sign * x.reals[i] < sign * x.reals[j];
           }));
  }
  return y;
}

static ReferenceTensor mean(const ReferenceTensor &x, ArrayRef<int64_t> shape,
                            const Gathered &gathered, bool divide) {
  ReferenceTensor y = emptied(x, shape);
  bool fixed = x.isFixed() && x.counts.empty() && all_equal(x.scales);
  for (auto [group, count] : zip(gathered.sources, gathered.counts)) {
    double real = 0;
    int64_t sum = 0;
    for (int64_t i : group) {
      real += x.reals[i];
      sum += fixed ? x.sums[i] : 0;
    }
    y.reals.push_back(divide ? real / static_cast<double>(count) : real);
    if (!fixed)
      continue;
    y.sums.push_back(sum);
    y.scales.push_back(x.scales[0]);
    if (divide)
      y.counts.push_back(count);
  }
  return y;
}

static ReferenceTensor reduce(nn::ReduceOp op, const ReferenceTensor &x) {
  ArrayRef<int64_t> shape = op.getType().getShape();
  Gathered groups = gatherAxes(x.shape, op.getAxes());
  ReferenceTensor y;
  switch (op.getKind()) {
  case nn::ReductionKind::sum:
  case nn::ReductionKind::mean:
    y = mean(x, shape, groups, op.getKind() == nn::ReductionKind::mean);
    y.op = op.getKind() == nn::ReductionKind::mean ? "mean" : "sum";
    return y;
  case nn::ReductionKind::max:
  case nn::ReductionKind::min:
    y = largest(x, shape, groups,
                op.getKind() == nn::ReductionKind::max ? 1 : -1);
    y.op = "max";
    return y;
  case nn::ReductionKind::prod:
    break;
  }
  y = emptied(x, shape);
  y.op = "prod";
  for (const std::vector<int64_t> &group : groups.sources) {
    y.reals.push_back(1);
    for (int64_t i : group)
      y.reals.back() *= x.reals[i];
  }
  return y;
}

static ReferenceTensor softmax(Operation *op, int64_t axis, bool logarithm,
                               const ReferenceTensor &x) {
  ReferenceTensor y;
  y.shape = x.shape;
  y.op = op->getName().stripDialect();
  y.reals.resize(x.reals.size());
  int64_t extent = x.shape[axis], inner = 1;
  for (int64_t i : ArrayRef(x.shape).drop_front(axis + 1))
    inner *= i;
  for (int64_t start = 0; start < int64_t(x.reals.size()); ++start) {
    if (start / inner % extent != 0)
      continue;
    double most = -HUGE_VAL, sum = 0;
    for (int64_t k = 0; k < extent; ++k)
      most = std::max(most, x.reals[start + k * inner]);
    for (int64_t k = 0; k < extent; ++k)
      sum += std::exp(x.reals[start + k * inner] - most);
    for (int64_t k = 0; k < extent; ++k) {
      double shifted = x.reals[start + k * inner] - most;
      y.reals[start + k * inner] =
          logarithm ? shifted - std::log(sum) : std::exp(shifted) / sum;
    }
  }
  return y;
}

/// Returns the normalized groups, their means and their variances. A group
/// shares the index of every axis but `axes`.
static SmallVector<ReferenceTensor> normalize(nn::NormalizeOp op,
                                              const ReferenceTensor &x) {
  SmallVector<int64_t> kept(x.shape);
  for (int64_t axis : op.getAxes())
    kept[axis] = 1;
  int64_t groups = mlir::ShapedType::getNumElements(kept);
  double count = static_cast<double>(x.reals.size()) / double(groups);
  std::vector<double> means(groups), squares(groups);
  auto forEach = [&](auto &&visit) {
    int64_t flat = 0;
    forEachIndex(x.shape, [&](ArrayRef<int64_t> index) {
      visit(flatIndex(index, kept), flat++);
    });
  };
  if (!op.getUncentered())
    forEach([&](int64_t g, int64_t i) { means[g] += x.reals[i] / count; });
  forEach([&](int64_t g, int64_t i) {
    squares[g] += (x.reals[i] - means[g]) * (x.reals[i] - means[g]) / count;
  });
  ReferenceTensor y;
  y.shape = x.shape;
  y.op = "normalize";
  double epsilon = op.getEpsilon().convertToDouble();
  forEach([&](int64_t g, int64_t i) {
    y.reals.push_back((x.reals[i] - means[g]) /
                      std::sqrt(squares[g] + epsilon));
  });
  ReferenceTensor mean, variance;
  mean.shape = variance.shape = kept;
  mean.reals = std::move(means), variance.reals = std::move(squares);
  return {std::move(y), std::move(mean), std::move(variance)};
}

std::optional<ReferenceTensor> reference::evaluateReduction(Operation *op,
                                                            Operands operands) {
  const ReferenceTensor &x = *operands[0];
  ArrayRef<int64_t> shape = shapeOf(op->getResult(0));
  return TypeSwitch<Operation *, std::optional<ReferenceTensor>>(op)
      .Case([&](nn::AvgPool2DOp pool) -> std::optional<ReferenceTensor> {
        // Models have no borders. Forming kernels adds them.
        if (llvm::any_of(pool.getBorder(), [](int64_t n) { return n != 0; }))
          return std::nullopt;
        ReferenceTensor y =
            mean(x, shape,
                 gatherWindows(pool, x.shape, shape, pool.getCountIncludePad()),
                 /*divide=*/true);
        y.op = "avg_pool2d";
        return y;
      })
      .Case([&](nn::MaxPool2DOp pool) {
        ReferenceTensor y = largest(
            x, shape, gatherWindows(pool, x.shape, shape, /*countPads=*/false),
            1);
        y.op = "max_pool2d";
        return y;
      })
      .Case([&](nn::ReduceOp reduction) { return reduce(reduction, x); })
      .Case([&](nn::SoftmaxOp soft) {
        return softmax(op, soft.getAxis(), /*logarithm=*/false, x);
      })
      .Case([&](nn::LogSoftmaxOp soft) {
        return softmax(op, soft.getAxis(), /*logarithm=*/true, x);
      })
      .Case([&](nn::NormalizeOp norm) { return normalize(norm, x).front(); })
      .Default([](Operation *) { return std::nullopt; });
}

std::optional<SmallVector<ReferenceTensor>>
reference::evaluateSeveral(Operation *op, Operands operands) {
  if (auto norm = dyn_cast<nn::NormalizeOp>(op))
    return normalize(norm, *operands[0]);
  if (auto clamp = dyn_cast<lowp::ClampOp>(op))
    return evaluateClamp(clamp, *operands[0]);
  return std::nullopt;
}

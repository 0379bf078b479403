//===- Geometry.h - Shapes of what kernels read and write -------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// Sizes that the plan of a program and its lowering both need: each is computed
// here and nowhere else.
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_NN_IR_GEOMETRY_H
#define COPPICE_DIALECTS_NN_IR_GEOMETRY_H

#include "dialects/NN/IR/NN.h"

#include <array>
#include <vector>

namespace coppice::nn {

/// The type in which sums of `element`s are kept: f32 for narrower floats.
mlir::Type getAccumulatorType(mlir::Type element);

/// Products in each sum of a convolution or a matrix product; nullopt of any
/// other op.
std::optional<int64_t> countProducts(mlir::Operation *op);

/// The part of `pads` that windows reach.
llvm::SmallVector<int64_t> reachedPads(llvm::ArrayRef<int64_t> inputShape,
                                       llvm::ArrayRef<int64_t> resultShape,
                                       llvm::ArrayRef<int64_t> kernel,
                                       llvm::ArrayRef<int64_t> strides,
                                       llvm::ArrayRef<int64_t> pads,
                                       llvm::ArrayRef<int64_t> dilations);

/// An NHWC image with rows and columns around it: [top, left, bottom, right].
mlir::RankedTensorType padSpatial(mlir::RankedTensorType image,
                                  llvm::ArrayRef<int64_t> pads);

/// Where the rows and columns of an image go that is spread into a larger one:
/// those from `starts`, `sizes` of them, to `at`, `strides` apart.
struct SpatialSpread {
  llvm::SmallVector<int64_t, 4> starts, sizes, at, strides, shape;
  /// Where the larger image begins in the other one, if rows are not apart.
  std::array<int64_t, 2> offset = {0, 0};
  /// Whether rows and columns stay next to each other.
  bool isDense = false;
  /// Whether the other image holds all of the larger one.
  bool isPart = false;
};

/// Puts rows and columns at low, low + stride, ... of `extents`; what falls
/// outside is dropped.
SpatialSpread spreadSpatial(llvm::ArrayRef<int64_t> from,
                            llvm::ArrayRef<int64_t> low,
                            llvm::ArrayRef<int64_t> extents,
                            llvm::ArrayRef<int64_t> strides);

/// A convolution of stride 1 that gives some rows and columns of an input
/// gradient: those at `offset`, every `step`-th.
struct InputGradPhase {
  std::array<int64_t, 2> offset, step;
  /// Height and width of this part of the result.
  std::array<int64_t, 2> sizes;
  /// Taps of the weight: their number, the first, and how far apart.
  std::array<int64_t, 2> taps, firstTap, tapStep;
  /// How dy is laid out for it.
  SpatialSpread dy;
};

/// The convolutions that make up `op`. Rows between them stay zero.
std::vector<InputGradPhase> getPhases(Conv2DInputGradOp op);

/// The weight of a phase, reversed: taps, channels of dy's groups, groups,
/// channels of the result's groups.
llvm::SmallVector<int64_t> reversedWeightShape(llvm::ArrayRef<int64_t> weight,
                                               int64_t groups,
                                               llvm::ArrayRef<int64_t> taps);

/// Whether a window is the whole image, so that pooling is a reduction.
bool coversImage(llvm::ArrayRef<int64_t> input, llvm::ArrayRef<int64_t> result,
                 llvm::ArrayRef<int64_t> kernel,
                 llvm::ArrayRef<int64_t> dilations);

/// Zeros with the gradients of an average pooling's windows among them: each
/// element of the result is a sum of neighbours.
SpatialSpread spreadWindows(AvgPool2DGradOp op);

/// The number of elements of each window of one image that count, row by row.
llvm::SmallVector<double> getWindowSizes(AvgPool2DOp op);
llvm::SmallVector<double> getWindowSizes(AvgPool2DGradOp op);

/// Whether channels of a convolution's result are two loops, so that the result
/// has to be reshaped.
bool hasSplitChannels(llvm::ArrayRef<int64_t> weight, int64_t groups);

/// Whether an axis is taken backwards.
bool isReversed(llvm::ArrayRef<int64_t> strides);

/// `shape` with extent 1 at `axes`.
llvm::SmallVector<int64_t> keptShape(llvm::ArrayRef<int64_t> shape,
                                     llvm::ArrayRef<int64_t> axes);

/// Resampling goes axis by axis: the axes with a scale, and the shapes that
/// they lead to on the way from one shape to another.
struct ResampledAxis {
  int64_t axis;
  llvm::SmallVector<int64_t> shape;
};
llvm::SmallVector<ResampledAxis>
getResampledAxes(llvm::ArrayRef<int64_t> from, llvm::ArrayRef<int64_t> to,
                 llvm::ArrayRef<double> scales);

} // namespace coppice::nn

#endif // COPPICE_DIALECTS_NN_IR_GEOMETRY_H

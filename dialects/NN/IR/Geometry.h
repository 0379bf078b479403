//===- Geometry.h - Shapes that kernels read and write ----------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// Sizes that both planning and lowering need, computed here once.
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_NN_IR_GEOMETRY_H
#define COPPICE_DIALECTS_NN_IR_GEOMETRY_H

#include "dialects/NN/IR/NN.h"

#include <array>
#include <vector>

namespace coppice::nn {

/// Returns the type in which elements of `element` are summed: f32 for narrower
/// floats.
mlir::Type getAccumulatorType(mlir::Type element);

/// Returns the number of products in each sum of a convolution or a matrix
/// product; nullopt for any other op.
std::optional<int64_t> countProducts(mlir::Operation *op);

/// Returns the part of `pads` that windows reach.
llvm::SmallVector<int64_t> reachedPads(llvm::ArrayRef<int64_t> inputShape,
                                       llvm::ArrayRef<int64_t> resultShape,
                                       llvm::ArrayRef<int64_t> kernel,
                                       llvm::ArrayRef<int64_t> strides,
                                       llvm::ArrayRef<int64_t> pads,
                                       llvm::ArrayRef<int64_t> dilations);

/// Returns the type of an NHWC image with added rows and columns: [top, left,
/// bottom, right].
mlir::RankedTensorType padSpatial(mlir::RankedTensorType image,
                                  llvm::ArrayRef<int64_t> pads);

/// How an image is spread into a larger one, by rows and columns: `sizes`
/// elements from `starts` go to the positions from `at`, `strides` apart.
struct SpatialSpread {
  llvm::SmallVector<int64_t, 4> starts, sizes, at, strides, shape;
  /// The start of the larger image in the smaller one, if rows are not apart.
  std::array<int64_t, 2> offset = {0, 0};
  /// Whether rows and columns stay next to each other.
  bool isDense = false;
  /// Whether the smaller image contains the whole of the larger one.
  bool isPart = false;
};

/// Puts rows and columns at low, low + stride, ... of `extents`, and drops
/// those outside.
SpatialSpread spreadSpatial(llvm::ArrayRef<int64_t> from,
                            llvm::ArrayRef<int64_t> low,
                            llvm::ArrayRef<int64_t> extents,
                            llvm::ArrayRef<int64_t> strides);

/// A convolution of stride 1 that computes some rows and columns of an input
/// gradient: every `step`-th from `offset`.
struct InputGradPhase {
  std::array<int64_t, 2> offset, step;
  /// Height and width of this part of the result.
  std::array<int64_t, 2> sizes;
  /// The taps of the weight that it uses: number, first tap, distance.
  std::array<int64_t, 2> taps, firstTap, tapStep;
  /// The layout of dy that it reads.
  SpatialSpread dy;
};

/// Returns the convolutions that make up `op`. Rows that no phase computes are
/// zero.
std::vector<InputGradPhase> getPhases(Conv2DInputGradOp op);

/// Returns the phase of `op` if there is one, which computes the whole result.
std::optional<InputGradPhase> getOnlyPhase(Conv2DInputGradOp op);

/// Returns the shape of the reversed weight of a phase: taps, channels of dy's
/// groups, groups, channels of the result's groups.
llvm::SmallVector<int64_t> reversedWeightShape(llvm::ArrayRef<int64_t> weight,
                                               int64_t groups,
                                               llvm::ArrayRef<int64_t> taps);

/// Whether a window is the whole image, so that pooling is a reduction.
bool coversImage(llvm::ArrayRef<int64_t> input, llvm::ArrayRef<int64_t> result,
                 llvm::ArrayRef<int64_t> kernel,
                 llvm::ArrayRef<int64_t> dilations);

/// Returns how the gradients of an average pooling's windows are spread among
/// zeros. Each element of the result is then a sum of neighbours.
SpatialSpread spreadWindows(AvgPool2DGradOp op);

/// Returns the number of elements that count in each window of one image, row
/// by row.
llvm::SmallVector<double> getWindowSizes(AvgPool2DOp op);
llvm::SmallVector<double> getWindowSizes(AvgPool2DGradOp op);

/// Whether the channels of a convolution's result are two loops, so that the
/// result has to be reshaped.
bool hasSplitChannels(llvm::ArrayRef<int64_t> weight, int64_t groups);

/// Whether a slice reverses an axis.
bool isReversed(llvm::ArrayRef<int64_t> strides);

/// Returns `shape` with extent 1 at `axes`.
llvm::SmallVector<int64_t> keptShape(llvm::ArrayRef<int64_t> shape,
                                     llvm::ArrayRef<int64_t> axes);

/// A step of a resize, which works axis by axis: the axis, and the shape after
/// it.
struct ResampledAxis {
  int64_t axis;
  llvm::SmallVector<int64_t> shape;
};
llvm::SmallVector<ResampledAxis>
getResampledAxes(llvm::ArrayRef<int64_t> from, llvm::ArrayRef<int64_t> to,
                 llvm::ArrayRef<double> scales);

} // namespace coppice::nn

#endif // COPPICE_DIALECTS_NN_IR_GEOMETRY_H

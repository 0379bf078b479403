//===- Ops.h - What each op means, by family --------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

//
// What each op gives, from its operands in double precision and, where
// TensorFlow Lite has such a form, in the integers before they are rescaled.
// Plain loops that share nothing with the compiler's lowering.
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_REFERENCE_OPS_H
#define COPPICE_LIB_REFERENCE_OPS_H

#include "dialects/LowP/IR/LowP.h"
#include "dialects/NN/IR/NN.h"
#include "lib/Reference/Tensor.h"

#include <optional>

namespace coppice::reference {

using Operands = llvm::ArrayRef<const ReferenceTensor *>;

/// The first result of an op; nullopt where it has no meaning here.
std::optional<ReferenceTensor> evaluate(mlir::Operation *op, Operands operands);
/// All results of an op that has several; nullopt for another one.
std::optional<llvm::SmallVector<ReferenceTensor>>
evaluateSeveral(mlir::Operation *op, Operands operands);

/// The clamped codes and their mask.
llvm::SmallVector<ReferenceTensor> evaluateClamp(lowp::ClampOp op,
                                                 const ReferenceTensor &x);

/// What the ops of one family give: nullopt for an op of another one.
using Family = std::optional<ReferenceTensor>(mlir::Operation *op,
                                              Operands operands);
Family evaluateMovement, evaluateContraction, evaluateElementwise,
    evaluateReduction, evaluateResize, evaluateLoss,
    evaluateContractionGradient, evaluateMovementGradient, evaluateMasks;
/// Arithmetic on integers, which wraps: nullopt where the op computes with
/// another type.
Family evaluateIntegers;

/// `x` as an integer of `type` holds it: modulo 2^width.
int64_t wrap(int64_t x, mlir::IntegerType type);

/// The integers of a convolution or a matrix product without its bias.
std::vector<int64_t> sumProducts(mlir::Operation *op, llvm::ArrayRef<int64_t> x,
                                 llvm::ArrayRef<int64_t> w);

/// The elements that each element of a result is made of, in row-major order,
/// and how many a mean counts.
struct Gathered {
  std::vector<std::vector<int64_t>> sources;
  std::vector<int64_t> counts;
};
/// The windows of a pooling op or of its gradient over an input of shape `in`.
template <typename OpT>
Gathered gatherWindows(OpT op, llvm::ArrayRef<int64_t> in,
                       llvm::ArrayRef<int64_t> out, bool countPads);
/// Groups of elements of `in` that differ in `axes` alone.
Gathered gatherAxes(llvm::ArrayRef<int64_t> in, llvm::ArrayRef<int64_t> axes);

/// The number that the generator of `nn.dropout` draws for element `i`, in
/// [0, 1).
double draw(uint64_t seed, uint64_t stream, uint64_t i);

/// A tensor of `shape` with zeros.
ReferenceTensor zeros(llvm::ArrayRef<int64_t> shape);

llvm::ArrayRef<int64_t> shapeOf(mlir::Value value);

/// The element at `index`, whose last axes are those of `shape`; extents of 1
/// broadcast.
int64_t flatIndex(llvm::ArrayRef<int64_t> index, llvm::ArrayRef<int64_t> shape);

/// Every index, in row-major order.
void forEachIndex(llvm::ArrayRef<int64_t> shape,
                  llvm::function_ref<void(llvm::ArrayRef<int64_t>)> visit);

/// Appends element `i` of another tensor.
void append(ReferenceTensor &to, const ReferenceTensor &from, int64_t i);

/// The same as `x`, without elements.
ReferenceTensor emptied(const ReferenceTensor &x,
                        llvm::ArrayRef<int64_t> shape);

/// `x` with element `source(index)` at each index.
ReferenceTensor
move(const ReferenceTensor &x, llvm::ArrayRef<int64_t> shape,
     llvm::function_ref<int64_t(llvm::ArrayRef<int64_t>)> source);

// gatherWindows has few users, which are all in this room.
template <typename OpT>
Gathered gatherWindows(OpT op, llvm::ArrayRef<int64_t> in,
                       llvm::ArrayRef<int64_t> out, bool countPads) {
  Gathered result;
  forEachIndex(out, [&](llvm::ArrayRef<int64_t> at) {
    std::vector<int64_t> window;
    int64_t count = 0;
    for (int64_t i = 0; i < op.getKernel()[0]; ++i)
      for (int64_t j = 0; j < op.getKernel()[1]; ++j) {
        int64_t h = at[1] * op.getStrides()[0] - op.getPads()[0] +
                    i * op.getDilations()[0];
        int64_t v = at[2] * op.getStrides()[1] - op.getPads()[1] +
                    j * op.getDilations()[1];
        bool inside = h >= 0 && h < in[1] && v >= 0 && v < in[2];
        // What lies behind the padding, where the result was rounded up, is
        // not part of the window.
        count += inside || (countPads && h < in[1] + op.getPads()[2] &&
                            v < in[2] + op.getPads()[3]);
        if (inside)
          window.push_back(flatIndex({at[0], h, v, at[3]}, in));
      }
    result.sources.push_back(std::move(window));
    result.counts.push_back(count);
  });
  return result;
}

/// Adds a bias along the last axis. TensorFlow Lite has the bias in the scale
/// of the products, and adds the integers; it has no form for another one.
void addBias(ReferenceTensor &y, const ReferenceTensor &bias);

/// What has no reference.
ReferenceTensor unknown();

} // namespace coppice::reference

#endif // COPPICE_LIB_REFERENCE_OPS_H

//===- Ops.h - Evaluation of ops, by family ---------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

//
// Computes each op from its operands in double precision. If TensorFlow Lite
// has a kernel, the op is also computed in the integers before rescaling. The
// plain loops share no code with the compiler's lowering.
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

/// Evaluates the first result of an op; nullopt if the op is unknown.
std::optional<ReferenceTensor> evaluate(mlir::Operation *op, Operands operands);
/// Evaluates all results of an op that has several; nullopt for any other op.
std::optional<llvm::SmallVector<ReferenceTensor>>
evaluateSeveral(mlir::Operation *op, Operands operands);

/// Evaluates a clamp: the clamped codes and their mask.
llvm::SmallVector<ReferenceTensor> evaluateClamp(lowp::ClampOp op,
                                                 const ReferenceTensor &x);

/// Evaluates the ops of one family; nullopt for an op of another family.
using Family = std::optional<ReferenceTensor>(mlir::Operation *op,
                                              Operands operands);
Family evaluateMovement, evaluateContraction, evaluateElementwise,
    evaluateReduction, evaluateResize, evaluateLoss,
    evaluateContractionGradient, evaluateMovementGradient, evaluateMasks;
/// Evaluates integer arithmetic, which wraps; nullopt if the op computes on
/// another type.
Family evaluateIntegers;

/// Returns `x` modulo 2^width, as an integer of `type`.
int64_t wrap(int64_t x, mlir::IntegerType type);

/// Returns the integer sums of a convolution or a matrix product without its
/// bias.
std::vector<int64_t> sumProducts(mlir::Operation *op, llvm::ArrayRef<int64_t> x,
                                 llvm::ArrayRef<int64_t> w);

/// The elements that contribute to each element of a result, in row-major
/// order, and the number that a mean divides by.
struct Gathered {
  std::vector<std::vector<int64_t>> sources;
  std::vector<int64_t> counts;
};
/// Gathers the windows of a pooling op or of its gradient over an input of
/// shape `in`.
template <typename OpT>
Gathered gatherWindows(OpT op, llvm::ArrayRef<int64_t> in,
                       llvm::ArrayRef<int64_t> out, bool countPads);
/// Gathers groups of elements of `in` that differ in `axes` alone.
Gathered gatherAxes(llvm::ArrayRef<int64_t> in, llvm::ArrayRef<int64_t> axes);

/// Returns the number in [0, 1) that the generator of `nn.dropout` draws for
/// element `i`.
double draw(uint64_t seed, uint64_t stream, uint64_t i);

/// A tensor of `shape` with zeros.
ReferenceTensor zeros(llvm::ArrayRef<int64_t> shape);

llvm::ArrayRef<int64_t> shapeOf(mlir::Value value);

/// Returns the flat index of the element at `index`, whose last axes are those
/// of `shape`; extents of 1 broadcast.
int64_t flatIndex(llvm::ArrayRef<int64_t> index, llvm::ArrayRef<int64_t> shape);

/// Visits every index, in row-major order.
void forEachIndex(llvm::ArrayRef<int64_t> shape,
                  llvm::function_ref<void(llvm::ArrayRef<int64_t>)> visit);

/// Appends element `i` of another tensor.
void append(ReferenceTensor &to, const ReferenceTensor &from, int64_t i);

/// Returns a copy of `x` without elements.
ReferenceTensor emptied(const ReferenceTensor &x,
                        llvm::ArrayRef<int64_t> shape);

/// Returns the tensor with element `source(index)` of `x` at each index.
ReferenceTensor
move(const ReferenceTensor &x, llvm::ArrayRef<int64_t> shape,
     llvm::function_ref<int64_t(llvm::ArrayRef<int64_t>)> source);

// gatherWindows is a template in a header, because all its users are in this
// folder.
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
        // Elements beyond the padding, which a rounded-up result reaches, are
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

/// Adds a bias along the last axis. TensorFlow Lite requires the scale of the
/// products for the bias, and adds the integers. With another scale, the result
/// has no integers.
void addBias(ReferenceTensor &y, const ReferenceTensor &bias);

/// Returns a tensor without a reference value.
ReferenceTensor unknown();

} // namespace coppice::reference

#endif // COPPICE_LIB_REFERENCE_OPS_H

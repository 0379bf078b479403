//===- LayerReference.h - Quantized layers, computed plainly ----*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// What the layers of a quantized model should give, computed from the model as
// it is imported by loops that share nothing with the compiler's lowering.
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_DRIVER_LAYERREFERENCE_H
#define COPPICE_LIB_DRIVER_LAYERREFERENCE_H

#include "lib/Driver/HostTensor.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/DenseMap.h"

#include <cmath>
#include <vector>

namespace coppice::driver {

/// A tensor of the reference.
struct ReferenceTensor {
  llvm::SmallVector<int64_t> shape;
  /// What the codes stand for, in double precision.
  std::vector<double> reals;

  /// The same as TensorFlow Lite's integer kernels hold it before they rescale;
  /// no `sums` where they have no such form. Element i is
  /// sums[i] scales[i] / counts[i]; no counts are all 1.
  std::vector<int64_t> sums, counts;
  std::vector<double> scales;
  /// Of the codes that a mean is taken of, and the bounds of rectifiers since.
  int64_t zeroPoint = 0;
  /// Of those codes.
  unsigned bits = 8;
  double low = -HUGE_VAL, high = HUGE_VAL;

  /// What computed it: `conv2d`; empty for what moves alone.
  llvm::StringRef op;
  /// False where an op on the way has no reference.
  bool isKnown = true;

  bool isFixed() const { return isKnown && sums.size() == reals.size(); }
};

/// What a quantized value should be, from the codes that its layer read.
struct ReferenceLayer {
  llvm::StringRef op;
  bool isKnown;
  /// round(op(dequantize(operands)) / scale) + zero point, saturated: double
  /// precision, half to even.
  std::vector<int64_t> exact;
  /// TensorFlow Lite's reference kernels; empty where there is none.
  std::vector<int64_t> fixed;
};

/// Evaluates `@infer` of an imported module value by value.
class LayerReference {
public:
  explicit LayerReference(mlir::func::FuncOp infer) : infer(infer) {}

  /// Evaluates one set of inputs. Where a value is quantized, `visit` gets its
  /// index among the `lowp.quantize` of the function and what it should be;
  /// what follows reads the codes that `visit` returns, in the file's layout.
  llvm::Error
  run(llvm::ArrayRef<const HostTensor *> inputs,
      llvm::function_ref<const HostTensor *(size_t, const ReferenceLayer &)>
          visit);

private:
  mlir::func::FuncOp infer;
  /// Parameters and constants, which are the same in every run.
  llvm::DenseMap<mlir::Value, ReferenceTensor> constants;
};

} // namespace coppice::driver

#endif // COPPICE_LIB_DRIVER_LAYERREFERENCE_H

//===- Layers.h - Quantized layers, computed plainly ------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// Computes the expected results of a quantized model's layers from the imported
// model, by loops that share no code with the compiler's lowering.
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_REFERENCE_LAYERS_H
#define COPPICE_LIB_REFERENCE_LAYERS_H

#include "lib/Reference/Tensor.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/Support/Error.h"

#include <optional>
#include <vector>

namespace coppice::reference {

/// The expected value of a quantized tensor, computed from the codes that its
/// layer read.
struct ReferenceLayer {
  llvm::StringRef op;
  bool isKnown;
  /// round(op(dequantize(operands)) / scale) + zero point, saturated, in double
  /// precision, half to even.
  std::vector<int64_t> exact;
  /// The codes of TensorFlow Lite's reference kernels; empty if there is no
  /// such kernel.
  std::vector<int64_t> fixed;
};

/// Evaluates `@infer` of an imported module value by value.
class LayerReference {
public:
  using Visitor = llvm::function_ref<std::optional<std::vector<int64_t>>(
      size_t, const ReferenceLayer &)>;

  explicit LayerReference(mlir::func::FuncOp infer) : infer(infer) {}

  /// Evaluates one set of inputs. For each quantized value, `visit` gets its
  /// index among the `lowp.quantize` of the function and its expected value.
  /// Later layers read the codes that `visit` returns, in the file's layout.
  llvm::Error run(llvm::ArrayRef<ReferenceTensor> inputs, Visitor visit);

private:
  mlir::func::FuncOp infer;
  /// Parameters and constants, which are equal in every run.
  llvm::DenseMap<mlir::Value, ReferenceTensor> constants;
};

} // namespace coppice::reference

#endif // COPPICE_LIB_REFERENCE_LAYERS_H

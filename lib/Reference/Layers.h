//===- Layers.h - Quantized layers, computed plainly ------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// What the layers of a quantized model should give, computed from the model as
// it is imported by loops that share nothing with the compiler's lowering.
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
  using Visitor = llvm::function_ref<std::optional<std::vector<int64_t>>(
      size_t, const ReferenceLayer &)>;

  explicit LayerReference(mlir::func::FuncOp infer) : infer(infer) {}

  /// Evaluates one set of inputs. Where a value is quantized, `visit` gets its
  /// index among the `lowp.quantize` of the function and what it should be;
  /// what follows reads the codes that `visit` returns, in the file's layout.
  llvm::Error run(llvm::ArrayRef<ReferenceTensor> inputs, Visitor visit);

private:
  mlir::func::FuncOp infer;
  /// Parameters and constants, which are the same in every run.
  llvm::DenseMap<mlir::Value, ReferenceTensor> constants;
};

} // namespace coppice::reference

#endif // COPPICE_LIB_REFERENCE_LAYERS_H

//===- ONNX.h - ONNX files in and out ---------------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_ONNX_H
#define COPPICE_ONNX_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/ADT/StringMap.h"

#include <optional>
#include <string>
#include <utility>

namespace coppice {

/// Options for the import of a model.
struct ONNXImportOptions {
  /// Shapes of inputs by name; they replace the file's.
  llvm::SmallVector<std::pair<std::string, llvm::SmallVector<int64_t>>> shapes;
  /// The leading extent of every input. The leading 1 of a Reshape's constant
  /// is rewritten too if it is the batch.
  std::optional<int64_t> batch;
  /// The leading extent of inputs that leave it open.
  std::optional<int64_t> openBatch;
  /// Shapes of given tensors by input, for extents that the file leaves open.
  /// Extents with the same name are equal. An empty name means the only input.
  llvm::StringMap<llvm::SmallVector<int64_t>> tensors;
  /// Inputs with known values, as serialized onnx.TensorProto. They become
  /// constants, so that shapes may depend on them.
  llvm::StringMap<std::string> constants;
  /// Tensors that become results besides the model's own.
  llvm::SmallVector<std::string> extraOutputs;
};

/// Parses `NAME=1x3x32x32`; calls `error` with what is wrong.
mlir::FailureOr<std::pair<std::string, llvm::SmallVector<int64_t>>>
parseShapeOverride(llvm::StringRef text,
                   llvm::function_ref<void(const llvm::Twine &)> error);

/// In the metadata of an error diagnostic: the file is valid, but Coppice does
/// not support parts of it.
inline constexpr llvm::StringLiteral kUnsupportedDiagnostic =
    "coppice.unsupported";

/// Reads an ONNX model into a module: one `train.parameter` per weight and one
/// function `@infer`. Files ending in `.onnxtxt` are in ONNX's textual syntax,
/// those ending in `.pbtxt` in protobuf's, all others binary. Errors are
/// diagnostics of `context`, whose location names the file, or the output and
/// the node. One diagnostic names all unsupported parts.
mlir::FailureOr<mlir::OwningOpRef<mlir::ModuleOp>>
importONNX(llvm::StringRef path, const ONNXImportOptions &options,
           mlir::MLIRContext *context);

/// Reports the error that ONNX's own checker finds in a model; none if the
/// checker is older than the model.
mlir::LogicalResult checkONNX(llvm::StringRef path, mlir::MLIRContext *context);

/// Writes the model in the file `original` to `path`, with new values for
/// initializers: `values` maps a parameter's external name to its bytes, in the
/// file's layout and element type. The file at `path` is replaced only after
/// all is written.
mlir::LogicalResult
exportONNX(llvm::StringRef original,
           const llvm::StringMap<llvm::ArrayRef<char>> &values,
           llvm::StringRef path, mlir::MLIRContext *context);

/// The codes of a tensor that is quantized with one scale: an activation, or a
/// constant of an elementwise layer.
struct ActivationCodes {
  float scale = 1;
  int64_t zeroPoint = 0;
  /// Codes lie in [-2^(bits - 1), 2^(bits - 1) - 1].
  unsigned bits = 8;
  /// The range that the codes were chosen to cover.
  double min = 0, max = 0;
  /// The operator defines the range, so the scale is not learned.
  bool isFixed = false;
};

/// Numbers from here on are masks of attention. A tensor with such a number
/// gets no codes, because all its other codes would be alike.
inline constexpr double kMaskingNumber = 1e8;

/// Means of a tensor over a calibration set: for each index of axis 1, for a
/// convolution that reads it, and of the last axis, for a matrix product.
struct ChannelMeans {
  llvm::SmallVector<double> second, last;
};

/// Writes a copy of the float model in `original` that can be calibrated. Nodes
/// of an older operator set are rewritten to set 13, and batch norms are folded
/// into the layer before them. With `equalize`, the ranges of the channels
/// between two layers are made equal (Nagel et al., "Data-Free Quantization
/// Through Weight Equalization and Bias Correction", ICCV 2019, section 4.1).
mlir::LogicalResult prepareForQuantization(llvm::StringRef original,
                                           const ONNXImportOptions &options,
                                           bool equalize, llvm::StringRef path,
                                           mlir::MLIRContext *context);

/// The bits of the codes.
struct QuantizationWidths {
  unsigned bits = 8;
  /// The bits of the model's inputs, of the inputs of its last convolution or
  /// matrix product, and of all tensors after it.
  unsigned ends = 8;
};

/// A divisor that a tensor is part of.
struct ActivationDivisor {
  std::string name;
  /// The largest change of the divisor for a change of the tensor by 1.
  double gain = 1;
};

/// A tensor of a prepared model whose codes must be chosen, if it is float32:
/// the plan looks at operators, not at types.
struct ActivationPlan {
  std::string name;
  unsigned bits;
  /// The range that the operator defines, whatever calibration sees.
  std::optional<std::pair<double, double>> range = std::nullopt;
  /// Divisors that depend on the tensor: the tensor itself, or a value that
  /// follows from it by roots, constant addends and the like. If such a divisor
  /// is near 0, an error of half a code is large.
  std::vector<ActivationDivisor> divisors = {};
  /// The axis, counted from the last one, along which factors of very different
  /// size made the tensor. One scale may leave an index hardly a code.
  std::optional<int64_t> spreadAxis = std::nullopt;
};
mlir::FailureOr<llvm::SmallVector<ActivationPlan>>
listActivations(llvm::StringRef prepared, const QuantizationWidths &widths,
                mlir::MLIRContext *context);

/// Returns the tensors whose means bias correction needs: those of
/// `activations`, or with the same elements, that layers with constant weights
/// read.
mlir::FailureOr<llvm::SmallVector<std::string>>
listLayerInputs(llvm::StringRef prepared,
                llvm::ArrayRef<ActivationPlan> activations,
                mlir::MLIRContext *context);

/// Returns the constant operands of elementwise layers that have more than one
/// value and fit one scale, with the codes of 8 bits that cover them.
mlir::FailureOr<llvm::StringMap<ActivationCodes>>
listConstants(llvm::StringRef prepared, mlir::MLIRContext *context);

/// The scales that training learned for a quantized model.
struct LearnedCodes {
  /// Scales of weights by name, one for each output channel. Other weights are
  /// not quantized.
  llvm::StringMap<llvm::SmallVector<float>> weightScales;
  /// Codes of constants by name.
  llvm::StringMap<ActivationCodes> constants;
};

struct QuantizedFileOptions {
  /// The means of layers' inputs, by tensor. The bias of a layer is corrected
  /// by the change of the channel's mean that rounding the weights causes
  /// (ibid., section 4.2); a layer without a bias gets one. Null: no
  /// correction.
  const llvm::StringMap<ChannelMeans> *means = nullptr;
  /// The learned scales. Null: scales of weights and constants follow from
  /// their values.
  const LearnedCodes *learned = nullptr;
  /// The name of the model in messages; `prepared` is a copy of that model.
  std::string shownAs;
};

/// Describes the nodes of a written model. The keys are the names of a node's
/// first output in the file; the values name nodes of the user's model.
struct QuantizedNodes {
  llvm::StringMap<std::string> names;   // operator and tensor of a node
  llvm::StringMap<std::string> reasons; // why a node has no codes, or not all
};

/// Writes a prepared model with QuantizeLinear and DequantizeLinear around
/// every tensor in `activations`. Weights get one scale per output channel and
/// as many bits as the input of their layer; biases are int32. A constant
/// vector that is added to a matrix product is its bias. Codes of fewer than 8
/// bits are bytes that are clipped before they are rounded. New names are not
/// used in the model. Fails with a diagnostic if a learned scale belongs to a
/// tensor that the file does not quantize.
mlir::FailureOr<QuantizedNodes>
writeQuantizedONNX(llvm::StringRef prepared,
                   const llvm::StringMap<ActivationCodes> &activations,
                   const QuantizedFileOptions &options, llvm::StringRef path,
                   mlir::MLIRContext *context);

} // namespace coppice

#endif // COPPICE_ONNX_H

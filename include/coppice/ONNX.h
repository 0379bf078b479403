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

/// What the user may decide about a model before it is imported.
struct ONNXImportOptions {
  /// Shapes of inputs by name; they replace the file's.
  llvm::SmallVector<std::pair<std::string, llvm::SmallVector<int64_t>>> shapes;
  /// Leading extent of every input; also rewrites each constant of a Reshape
  /// whose leading 1 is the batch.
  std::optional<int64_t> batch;
  /// Leading extent of inputs that leave it open.
  std::optional<int64_t> openBatch;
  /// Shapes of the tensors at hand by input: extents that the file leaves open
  /// are theirs, and those of one name are one. An empty name is the only
  /// input's.
  llvm::StringMap<llvm::SmallVector<int64_t>> tensors;
  /// Inputs with known values, as serialized onnx.TensorProto: they become
  /// constants, so that they may decide shapes.
  llvm::StringMap<std::string> constants;
  /// Tensors that become results besides the model's own.
  llvm::SmallVector<std::string> extraOutputs;
};

/// Parses `NAME=1x3x32x32`; reports what is wrong with it to `error`.
mlir::FailureOr<std::pair<std::string, llvm::SmallVector<int64_t>>>
parseShapeOverride(llvm::StringRef text,
                   llvm::function_ref<void(const llvm::Twine &)> error);

/// In the metadata of an error diagnostic: the file is valid, but has parts
/// that Coppice does not support.
inline constexpr llvm::StringLiteral kUnsupportedDiagnostic =
    "coppice.unsupported";

/// Reads an ONNX model into a module: one `train.parameter` per weight and one
/// function `@infer`. Files ending in `.onnxtxt` are in ONNX's textual syntax,
/// those ending in `.pbtxt` in protobuf's, all others binary. Errors are
/// diagnostics of `context`; their location names the file, or the output and
/// the node, and everything unsupported is one diagnostic.
mlir::FailureOr<mlir::OwningOpRef<mlir::ModuleOp>>
importONNX(llvm::StringRef path, const ONNXImportOptions &options,
           mlir::MLIRContext *context);

/// Reports what ONNX's own checker finds wrong with a model; nothing where the
/// checker is older than the model.
mlir::LogicalResult checkONNX(llvm::StringRef path, mlir::MLIRContext *context);

/// Writes the model in the file `original` to `path`, with new values for
/// initializers: `values` maps a parameter's external name to its bytes in the
/// file's layout and element type. The file at `path` is replaced when all is
/// written, or left as it was.
mlir::LogicalResult
exportONNX(llvm::StringRef original,
           const llvm::StringMap<llvm::ArrayRef<char>> &values,
           llvm::StringRef path, mlir::MLIRContext *context);

/// How a tensor is quantized with one scale: activations, and constants of
/// elementwise layers.
struct ActivationCodes {
  float scale = 1;
  int64_t zeroPoint = 0;
  /// Codes lie in [-2^(bits - 1), 2^(bits - 1) - 1].
  unsigned bits = 8;
  /// What the codes were chosen to cover.
  double min = 0, max = 0;
  /// The range is what the operator gives by definition: nothing is learned.
  bool isFixed = false;
};

/// Beyond what any layer computes: the constants that mask attention. Beside
/// one all other codes would be alike.
inline constexpr double kMaskingNumber = 1e8;

/// Means of a tensor over a calibration set: for each index of axis 1, as a
/// convolution reads it, and of the last axis, as a matrix product does.
struct ChannelMeans {
  llvm::SmallVector<double> second, last;
};

/// Writes a copy of the float model in `original` that is ready to be
/// calibrated: its nodes as operator set 13 has them, where it is of an older
/// one; batch norms folded into the layer before them and, with `equalize`, the
/// ranges of the channels between two layers made equal (Nagel
/// et al., "Data-Free Quantization Through Weight Equalization and Bias
/// Correction", ICCV 2019, section 4.1).
mlir::LogicalResult prepareForQuantization(llvm::StringRef original,
                                           const ONNXImportOptions &options,
                                           bool equalize, llvm::StringRef path,
                                           mlir::MLIRContext *context);

/// How many bits codes have.
struct QuantizationWidths {
  unsigned bits = 8;
  /// Of the model's inputs, of what its last convolution or matrix product
  /// reads, and of all that comes after.
  unsigned ends = 8;
};

/// A divisor that a tensor is part of.
struct ActivationDivisor {
  std::string name;
  /// By how much it moves at most where the tensor moves by 1.
  double gain = 1;
};

/// A tensor of a prepared model whose codes must be chosen, if it is one of
/// float32: operators tell, not types.
struct ActivationPlan {
  std::string name;
  unsigned bits;
  /// What the operator gives by definition, whatever calibration sees.
  std::optional<std::pair<double, double>> range = std::nullopt;
  /// What something is divided by: itself, or what follows from it over roots,
  /// constant addends and the like. Where such a divisor is next to 0, an error
  /// of half a code is large.
  std::vector<ActivationDivisor> divisors = {};
  /// The axis, from the last one, along which factors of very different size
  /// made it: one scale may leave an index hardly a code.
  std::optional<int64_t> spreadAxis = std::nullopt;
};
mlir::FailureOr<llvm::SmallVector<ActivationPlan>>
listActivations(llvm::StringRef prepared, const QuantizationWidths &widths,
                mlir::MLIRContext *context);

/// What layers with constant weights read, of `activations` or of what has
/// their elements: the tensors whose means bias correction needs.
mlir::FailureOr<llvm::SmallVector<std::string>>
listLayerInputs(llvm::StringRef prepared,
                llvm::ArrayRef<ActivationPlan> activations,
                mlir::MLIRContext *context);

/// The constant operands of elementwise layers with more than one value that
/// one scale can hold, and the codes of 8 bits that cover them.
mlir::FailureOr<llvm::StringMap<ActivationCodes>>
listConstants(llvm::StringRef prepared, mlir::MLIRContext *context);

/// What training learned of a quantized model.
struct LearnedCodes {
  /// Scales of weights by name, one for each output channel. No other weight is
  /// quantized.
  llvm::StringMap<llvm::SmallVector<float>> weightScales;
  /// Codes of constants by name.
  llvm::StringMap<ActivationCodes> constants;
};

struct QuantizedFileOptions {
  /// Of what layers read, by tensor: what rounding the weights adds to the mean
  /// of a channel is taken off its bias (ibid., section 4.2), and a layer
  /// without one gets one. Null: biases stay.
  const llvm::StringMap<ChannelMeans> *means = nullptr;
  /// Null: scales of weights and constants follow from their values.
  const LearnedCodes *learned = nullptr;
  /// What messages call the model, which `prepared` is a copy of.
  std::string shownAs;
};

/// What a written model has to say of its nodes. The keys are what the file
/// calls a node's first output; the values speak of the user's model.
struct QuantizedNodes {
  llvm::StringMap<std::string> names;   // operator and tensor
  llvm::StringMap<std::string> reasons; // why it has no codes, or not all
};

/// Writes a prepared model with QuantizeLinear and DequantizeLinear around
/// every tensor in `activations`, weights with one scale per output channel and
/// as many bits as what their layer reads, and int32 biases; a constant vector
/// that is added to a matrix product is its bias. Codes of less than 8 bits are
/// bytes, clipped before they are rounded. A new name is none that the model
/// has. Fails with a diagnostic where a learned scale belongs to no tensor that
/// the file quantizes.
mlir::FailureOr<QuantizedNodes>
writeQuantizedONNX(llvm::StringRef prepared,
                   const llvm::StringMap<ActivationCodes> &activations,
                   const QuantizedFileOptions &options, llvm::StringRef path,
                   mlir::MLIRContext *context);

} // namespace coppice

#endif // COPPICE_ONNX_H

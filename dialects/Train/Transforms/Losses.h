//===- Losses.h - Losses as compositions of nn ops --------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_TRAIN_TRANSFORMS_LOSSES_H
#define COPPICE_DIALECTS_TRAIN_TRANSFORMS_LOSSES_H

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"
#include "llvm/Support/CommandLine.h"

#include <optional>
#include <string>
#include <utility>

namespace coppice::train {

/// Every loss is a mean, over samples or (the last three) over elements, as
/// PyTorch's default is.
enum class LossKind {
  SoftmaxCrossEntropy,
  NegativeLogLikelihood,
  BinaryCrossEntropy,
  BinaryCrossEntropyLogits,
  MeanSquaredError
};

struct Loss {
  LossKind kind;
  llvm::StringLiteral name;     // the value of --loss
  llvm::StringLiteral operands; // for help and messages
  /// Whether targets are probabilities, in [0, 1].
  bool takesProbabilities;
};

/// Every loss; the first is the default.
inline constexpr Loss kLosses[] = {
    {LossKind::SoftmaxCrossEntropy, "softmax-cross-entropy",
     "of logits and class indices", false},
    {LossKind::NegativeLogLikelihood, "nll",
     "of log-probabilities and class indices", false},
    {LossKind::BinaryCrossEntropy, "bce", "of probabilities and targets", true},
    {LossKind::BinaryCrossEntropyLogits, "bce-logits", "of logits and targets",
     true},
    {LossKind::MeanSquaredError, "mse", "mean squared error", false}};

llvm::StringRef stringifyLoss(LossKind kind);

/// Whether targets are probabilities. A loss of other targets has no minimum.
bool takesProbabilities(LossKind kind);

namespace detail {
template <size_t... I>
llvm::cl::ValuesClass getLossValues(std::index_sequence<I...>) {
  return llvm::cl::values(llvm::cl::OptionEnumValue{
      kLosses[I].name, static_cast<int>(kLosses[I].kind),
      kLosses[I].operands}...);
}
} // namespace detail

/// The losses as the values of a pass option.
inline llvm::cl::ValuesClass getLossValues() {
  return detail::getLossValues(std::make_index_sequence<std::size(kLosses)>());
}

/// Whether the labels are class indices (`tensor<Nxi64>`) rather than a float
/// tensor of the output's shape.
bool takesClassLabels(LossKind kind);

/// The results of a model that a loss expects.
struct ScoreRange {
  double low, high;
  llvm::StringLiteral what;
  /// The loss of the same labels that accepts any scores.
  LossKind ofScores;
};
std::optional<ScoreRange> getScoreRange(LossKind kind);

/// Returns the value that the loss is taken of. A softmax (cross entropy) or a
/// sigmoid (binary cross entropy) that ends the model is looked through; the
/// kind of a binary cross entropy then becomes that on logits. Reshapes,
/// transposes that move axes of extent 1 alone, and conversions to codes may
/// follow the activation.
mlir::Value skipFinalActivation(mlir::Value output, LossKind &kind);

/// Whether the model ends in the softmax that a cross entropy looks through, so
/// that its output is a probability for each class.
bool endsInSoftmax(mlir::Value output);

/// The reason why a loss does not fit the activation that ends a model.
struct LossMismatch {
  std::string what, hint;
};

/// Returns a mismatch if the model ends in an activation whose results the loss
/// does not expect: it gives probabilities, and the loss expects their
/// logarithms or scores.
std::optional<LossMismatch> findMismatch(LossKind kind, mlir::Value output);

/// Returns the type of the labels for `output`.
mlir::RankedTensorType labelType(LossKind kind, mlir::RankedTensorType output);

/// Builds the loss, a rank-0 tensor. Fails with a diagnostic at `loc` where
/// the output's shape does not fit the loss.
mlir::FailureOr<mlir::Value> buildLoss(mlir::OpBuilder &builder,
                                       mlir::Location loc, LossKind kind,
                                       mlir::Value output, mlir::Value labels);

} // namespace coppice::train

#endif // COPPICE_DIALECTS_TRAIN_TRANSFORMS_LOSSES_H

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
/// PyTorch's are by default.
enum class LossKind {
  SoftmaxCrossEntropy,
  NegativeLogLikelihood,
  BinaryCrossEntropy,
  BinaryCrossEntropyLogits,
  MeanSquaredError
};

struct Loss {
  LossKind kind;
  llvm::StringLiteral name;     // as --loss takes it
  llvm::StringLiteral operands; // what it is of
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

/// Whether targets are probabilities: a loss of others has no minimum.
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

/// The results of a model that a loss takes.
struct ScoreRange {
  double low, high;
  llvm::StringLiteral what;
  /// The loss of the same labels that takes all scores.
  LossKind ofScores;
};
std::optional<ScoreRange> getScoreRange(LossKind kind);

/// The value that the loss is best taken of: a softmax (cross entropy) or
/// sigmoid (binary cross entropy, whose kind then becomes that on logits) that
/// ends the model is looked through, also under reshapes, under transposes that
/// move axes of extent 1 alone, and on codes.
mlir::Value skipFinalActivation(mlir::Value output, LossKind &kind);

/// Whether the model ends in the softmax that a cross entropy looks through, so
/// that its output is a probability for each class.
bool endsInSoftmax(mlir::Value output);

/// Why a loss is not one of the activation that ends a model.
struct LossMismatch {
  std::string what, hint;
};

/// Whether the model ends in an activation whose results the loss does not
/// take: probabilities where it takes logarithms of them, or scores.
std::optional<LossMismatch> findMismatch(LossKind kind, mlir::Value output);

/// The type that the labels of `output` have.
mlir::RankedTensorType labelType(LossKind kind, mlir::RankedTensorType output);

/// Builds the loss, a rank-0 tensor. Fails with a diagnostic at `loc` where
/// the output's shape does not fit the loss.
mlir::FailureOr<mlir::Value> buildLoss(mlir::OpBuilder &builder,
                                       mlir::Location loc, LossKind kind,
                                       mlir::Value output, mlir::Value labels);

} // namespace coppice::train

#endif // COPPICE_DIALECTS_TRAIN_TRANSFORMS_LOSSES_H

//===- GradientInterface.td - Gradient rules of ops --------*- tablegen -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_TRAIN_INTERFACES_GRADIENTINTERFACE_TD
#define COPPICE_DIALECTS_TRAIN_INTERFACES_GRADIENTINTERFACE_TD

include "mlir/IR/OpBase.td"

/// Piecewise constant ops (floor): no gradient flows to their operands.
def ZeroGradient : NativeOpTrait<"ZeroGradient"> {
  let cppNamespace = "::coppice::train";
}

def GradientOpInterface : OpInterface<"GradientOpInterface"> {
  let cppNamespace = "::coppice::train";
  let description = [{
    The reverse-mode rule of an op. It has two halves: the values that the rule
    *reads*, and the gradients that it *builds*. The first half lets pruning,
    recomputation and compressed saving be decided on edges before any backward
    op exists. A rule is local: it takes the gradients of the op's results and
    returns the gradients of its operands. `--train-autodiff` sums the
    contributions of several users.
  }];
  let methods = [
    InterfaceMethod<[{
        Whether a gradient with respect to operand `operand` exists. Labels,
        indices and seeds have none. By default, tensors of floats and of codes
        have one.
      }],
      "bool", "isDifferentiable", (ins "unsigned":$operand), [{}], [{
        return ::coppice::train::detail::isRealTensor(
            $_op->getOperand(operand).getType());
      }]>,
    InterfaceMethod<[{
        Appends the operands and results of this op whose *values* the rule
        reads when it builds the gradients of the operands in `wanted`. Shapes
        are not values: a rule may look at any type for free.
      }],
      "void", "getGradientReads",
      (ins "const ::llvm::SmallBitVector &":$wanted,
           "::llvm::SmallVectorImpl<::mlir::Value> &":$reads)>,
    InterfaceMethod<[{
        Builds the gradients of the operands in `wanted`. `resultGradients` has
        one value per result, null where nothing flows back. `operandGradients`
        comes with one null value per operand; the rule fills those wanted.
        Forward values are taken through `ctx.read(value)`, and only those that
        `getGradientReads` names. Fails with a diagnostic where the rule does
        not cover the op's attributes.
      }],
      "::mlir::LogicalResult", "buildGradient",
      (ins "::coppice::train::GradientContext &":$ctx,
           "::mlir::ArrayRef<::mlir::Value>":$resultGradients,
           "const ::llvm::SmallBitVector &":$wanted,
           "::llvm::SmallVectorImpl<::mlir::Value> &":$operandGradients)>
  ];
}

#endif // COPPICE_DIALECTS_TRAIN_INTERFACES_GRADIENTINTERFACE_TD

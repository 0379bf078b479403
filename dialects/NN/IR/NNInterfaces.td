//===- NNInterfaces.td - Interfaces of nn ops --------------*- tablegen -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_NN_IR_NNINTERFACES_TD
#define COPPICE_DIALECTS_NN_IR_NNINTERFACES_TD

include "mlir/IR/OpBase.td"

def ElementwiseOpInterface : OpInterface<"ElementwiseOpInterface"> {
  let cppNamespace = "::coppice::nn";
  let description = [{
    An op that applies one scalar function to the elements of its operands,
    which broadcast as in NumPy. A TableGen expression defines the function;
    lowering, folding and gradient checks all use it.
  }];
  let methods = [
    InterfaceMethod<[{
        Builds the scalar function on `operands`, one scalar per operand of the
        op, and returns the scalar result. Scalars of unsigned tensors are
        signless; the types of the op tell the signedness. Returns null, after a
        diagnostic, if the function is not defined on the element type.
      }],
      "::mlir::Value", "buildScalar",
      (ins "::mlir::OpBuilder &":$builder, "::mlir::Location":$loc,
           "::mlir::ValueRange":$operands)>,
    InterfaceMethod<[{
        Whether the op scales and shifts operand `operand` by factors and terms
        that the other operands give.
      }],
      "bool", "isAffineIn", (ins "unsigned":$operand), [{}], [{
        return false;
      }]>
  ];
}

def ContractionOpInterface : OpInterface<"ContractionOpInterface"> {
  let cppNamespace = "::coppice::nn";
  let description = [{
    A layer that sums products of an input and a weight, and may add a bias: a
    convolution, a matrix product. Update schemes, quantization and reports find
    its weight and its bias here.
  }];
  let methods = [
    InterfaceMethod<[{
        Appends the operands that may be the weight, the usual one first.
      }],
      "void", "getWeights",
      (ins "::llvm::SmallVectorImpl<::coppice::nn::WeightOperand> &":$weights)>,
    InterfaceMethod<"The operand that is the bias; null where there is none.",
      "::mlir::OpOperand *", "getBiasOperand", (ins), [{}], [{
        return nullptr;
      }]>,
    InterfaceMethod<[{
        The number of products in each sum; nullopt where sums differ in it.
      }],
      "::std::optional<int64_t>", "countProducts">,
    InterfaceMethod<"The number of products in all sums together.",
      "int64_t", "countAllProducts", (ins), [{}], [{
        return $_op.countProducts().value_or(0) *
               ::llvm::cast<::mlir::ShapedType>($_op->getResult(0).getType())
                   .getNumElements();
      }]>
  ];
}

#endif // COPPICE_DIALECTS_NN_IR_NNINTERFACES_TD

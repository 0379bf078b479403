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
           "::mlir::ValueRange":$operands)>
  ];
}

#endif // COPPICE_DIALECTS_NN_IR_NNINTERFACES_TD

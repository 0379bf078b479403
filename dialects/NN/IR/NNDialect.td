//===- NNDialect.td - Layers as functions of tensors -------*- tablegen -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_NN_IR_NNDIALECT_TD
#define COPPICE_DIALECTS_NN_IR_NNDIALECT_TD

include "mlir/IR/OpBase.td"

def NN_Dialect : Dialect {
  let name = "nn";
  let cppNamespace = "::coppice::nn";
  let summary = "Layers of neural networks as pure functions of tensors";
  let description = [{
    The ops of a network, and the backward ops that no forward op expresses. All
    ops are pure, work on ranked tensors, and are polymorphic in the element
    type. Images are NHWC and convolution weights HWIO, so that the innermost
    axis fills vector registers. A layer that is a composition of these ops
    (group normalisation, binary cross entropy) has no op of its own.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::coppice::lowp::LowPDialect"];
  let hasConstantMaterializer = 1;
}

#endif // COPPICE_DIALECTS_NN_IR_NNDIALECT_TD

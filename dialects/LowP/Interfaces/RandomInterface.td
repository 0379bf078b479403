//===- RandomInterface.td - Ops that draw random numbers ---*- tablegen -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_LOWP_INTERFACES_RANDOMINTERFACE_TD
#define COPPICE_DIALECTS_LOWP_INTERFACES_RANDOMINTERFACE_TD

include "mlir/IR/OpBase.td"

def RandomOpInterface : OpInterface<"RandomOpInterface"> {
  let cppNamespace = "::coppice::lowp";
  let description = [{
    An op that may draw numbers from the generator of `nn.dropout`. Two ops of
    one function have different streams, so that their numbers are independent.
  }];
  let methods = [
    InterfaceMethod<"Returns the stream that the op draws from.",
      "uint64_t", "getStream">
  ];
}

#endif // COPPICE_DIALECTS_LOWP_INTERFACES_RANDOMINTERFACE_TD

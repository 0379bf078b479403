//===- CodesInterface.td - Ops on codes --------------------*- tablegen -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_LOWP_INTERFACES_CODESINTERFACE_TD
#define COPPICE_DIALECTS_LOWP_INTERFACES_CODESINTERFACE_TD

include "mlir/IR/OpBase.td"

def CodesOpInterface : OpInterface<"CodesOpInterface"> {
  let cppNamespace = "::coppice::lowp";
  let description = [{
    Tells how an op on reals becomes a layer on codes. Fusing, verifying and
    lowering use it; an op without the interface stays on reals.
  }];
  let methods = [
    InterfaceMethod<"Returns the kind of computation on codes.",
      "::coppice::lowp::IntegerForm", "getIntegerForm">,
    InterfaceMethod<[{
        Returns the function that fixed point computes for an elementwise op;
        nullopt if a table computes it, or if it has no form on codes.
      }],
      "::std::optional<::coppice::lowp::FixedPointFunction>",
      "getFixedPointFunction">,
    InterfaceMethod<"Where the results lie, seen from the operands.",
      "::coppice::lowp::ResultRange", "getResultRange">,
    InterfaceMethod<[{
        The range to which the op clips the elements of its operand, where it
        does nothing else: a clip of numbers is a clip of their codes.
      }],
      "::std::optional<::std::pair<double, double>>", "getClipRange", (ins),
      [{}], [{ return ::std::nullopt; }]>
  ];
}

class OnCodesTrait<string parameters>
    : ParamNativeOpTrait<"OnCodes", parameters> {
  let cppNamespace = "::coppice::lowp";
}

/// Implements the interface by constants: a form, the range of results, and the
/// function that fixed point computes, if there is one.
class OnCodes<string form, string range = "open", string function = "">
    : TraitList<[CodesOpInterface, OnCodesTrait<
        "::coppice::lowp::IntegerForm::" # form #
        ", ::coppice::lowp::ResultRange::" # range #
        !if(!empty(function), "",
            ", ::coppice::lowp::FixedPointFunction::" # function)>]>;

#endif // COPPICE_DIALECTS_LOWP_INTERFACES_CODESINTERFACE_TD

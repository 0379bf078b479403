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
    What an op on reals becomes when its operands and its result are codes.
    Fusing, verifying and lowering ask here; an op without the interface stays
    on reals.
  }];
  let methods = [
    InterfaceMethod<"What the layer does with codes.",
      "::coppice::lowp::IntegerForm", "getIntegerForm">,
    InterfaceMethod<[{
        The function that fixed point computes, of an elementwise op; nullopt
        where it is a table, or none.
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

/// The interface with methods that give these constants: a form, where results
/// lie, and the function that fixed point computes, if there is one.
class OnCodes<string form, string range = "open", string function = "">
    : TraitList<[CodesOpInterface, OnCodesTrait<
        "::coppice::lowp::IntegerForm::" # form #
        ", ::coppice::lowp::ResultRange::" # range #
        !if(!empty(function), "",
            ", ::coppice::lowp::FixedPointFunction::" # function)>]>;

#endif // COPPICE_DIALECTS_LOWP_INTERFACES_CODESINTERFACE_TD

//===- InputUseInterface.td - Requirements on inputs -------*- tablegen -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_NN_ANALYSIS_INPUTUSEINTERFACE_TD
#define COPPICE_DIALECTS_NN_ANALYSIS_INPUTUSEINTERFACE_TD

include "mlir/IR/OpBase.td"

def InputUseOpInterface : OpInterface<"InputUseOpInterface"> {
  let cppNamespace = "::coppice::nn";
  let description = [{
    An op's requirements on the operands that it reads, beyond their types: the
    values that an index may have, the axis that holds the channels of an image,
    and whether the operand's elements are in the result. An op that only moves
    elements passes on the requirements of its result's users.
  }];
  let methods = [
    InterfaceMethod<[{
        Returns the bounds that elements of `operand` must keep to; nullopt if
        all values are allowed. `boundsOf` returns the bounds of a result.
      }],
      "::std::optional<::coppice::nn::IndexBounds>", "getIndexBounds",
      (ins "::mlir::OpOperand &":$operand,
           "::coppice::nn::BoundsOf":$boundsOf), [{}], [{
        return ::std::nullopt;
      }]>,
    InterfaceMethod<[{
        Returns the axis of `operand` that holds channels; nullopt if the op
        does not require one. `axisOf` returns the channel axis of a result.
      }],
      "::std::optional<int64_t>", "getChannelAxis",
      (ins "::mlir::OpOperand &":$operand,
           "::coppice::nn::ChannelAxisOf":$axisOf), [{}], [{
        return ::std::nullopt;
      }]>,
    InterfaceMethod<[{
        Whether, in evaluation, the result's elements are elements of `operand`
        and of other operands for which this method is true: the op moves them,
        leaves some out, or is the identity in evaluation.
      }],
      "bool", "keepsElements", (ins "::mlir::OpOperand &":$operand), [{}], [{
        return false;
      }]>
  ];
}

#endif // COPPICE_DIALECTS_NN_ANALYSIS_INPUTUSEINTERFACE_TD

//===- InputUseInterface.td - Requirements on inputs -------*- tablegen -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_NN_INTERFACES_INPUTUSEINTERFACE_TD
#define COPPICE_DIALECTS_NN_INTERFACES_INPUTUSEINTERFACE_TD

include "mlir/IR/OpBase.td"

def InputUseOpInterface : OpInterface<"InputUseOpInterface"> {
  let cppNamespace = "::coppice::nn";
  let description = [{
    What an op tells of the values that it reads, beyond their types: which
    values an index may have, which axis holds the channels of an image, and
    whether its elements are in the result, and at which axes. An op that only
    moves elements passes on what is known of its result.
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
      }]>,
    InterfaceMethod<[{
        Whether the result is `operand` in another order, shape or number
        format: a parameter behind such ops is still one.
      }],
      "bool", "forwards", (ins "::mlir::OpOperand &":$operand), [{}], [{
        return false;
      }]>
  ];
}

#endif // COPPICE_DIALECTS_NN_INTERFACES_INPUTUSEINTERFACE_TD

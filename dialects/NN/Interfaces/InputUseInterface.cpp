//===- InputUseInterface.cpp - What ops ask of inputs -----------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/NN/Interfaces/InputUseInterface.h"

using namespace mlir;
using namespace coppice::nn;

#include "dialects/NN/Interfaces/InputUseInterface.cpp.inc"

OpOperand *coppice::nn::getForwarded(Operation *op) {
  auto forwarding = dyn_cast_or_null<InputUseOpInterface>(op);
  if (!forwarding || op->getNumOperands() == 0)
    return nullptr;
  OpOperand &first = op->getOpOperand(0);
  return forwarding.forwards(first) ? &first : nullptr;
}

OpOperand *coppice::nn::getMoved(Operation *op) {
  OpOperand *forwarded = getForwarded(op);
  return forwarded && cast<InputUseOpInterface>(op).keepsElements(*forwarded)
             ? forwarded
             : nullptr;
}

OpOperand *coppice::nn::getOnlyKept(Operation *op) {
  auto use = dyn_cast_or_null<InputUseOpInterface>(op);
  if (!use)
    return nullptr;
  OpOperand *only = nullptr;
  for (OpOperand &operand : op->getOpOperands()) {
    if (!use.keepsElements(operand))
      continue;
    if (only)
      return nullptr;
    only = &operand;
  }
  return only;
}

std::optional<int64_t> coppice::nn::getForwardedAxis(OpOperand &operand,
                                                     int64_t axis) {
  auto use = cast<InputUseOpInterface>(operand.getOwner());
  return use.getChannelAxis(operand, [&](Value) { return axis; });
}

//===- Kernel.cpp - Ops that become one kernel ------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/Plan/IR/Plan.h"

using namespace mlir;
using namespace coppice;
using namespace coppice::plan;

void KernelOp::getAsmBlockArgumentNames(Region &region,
                                        OpAsmSetValueNameFn setName) {
  for (BlockArgument argument : region.getArguments())
    setName(argument, "in" + std::to_string(argument.getArgNumber()));
}

YieldOp KernelOp::getYield() {
  return cast<YieldOp>(getBody().front().getTerminator());
}

SmallVector<std::pair<unsigned, unsigned>> KernelOp::getOverwrites() {
  SmallVector<std::pair<unsigned, unsigned>> pairs;
  for (size_t i = 0; i + 1 < getMayOverwrite().size(); i += 2)
    pairs.emplace_back(getMayOverwrite()[i], getMayOverwrite()[i + 1]);
  return pairs;
}

LogicalResult KernelOp::verify() {
  if (getBody().getArgumentTypes() != getOperandTypes())
    return emitOpError("has operands of types ")
           << getOperandTypes() << ", but block arguments of types "
           << getBody().getArgumentTypes();
  ArrayRef<int64_t> pairs = getMayOverwrite();
  if (pairs.size() % 2)
    return emitOpError("may_overwrite has ")
           << pairs.size()
           << " numbers; it takes pairs of a result and an operand";
  for (size_t i = 0; i < pairs.size(); i += 2)
    if (pairs[i] < 0 || pairs[i] >= getNumResults() || pairs[i + 1] < 0 ||
        pairs[i + 1] >= getNumOperands())
      return emitOpError("may_overwrite names result ")
             << pairs[i] << " and operand " << pairs[i + 1] << "; it has "
             << getNumResults() << " results and " << getNumOperands()
             << " operands";
    else if (getResult(pairs[i]).getType() !=
             getOperand(pairs[i + 1]).getType())
      return emitOpError("may_overwrite pairs result ")
             << pairs[i] << ", a " << getResult(pairs[i]).getType()
             << ", with operand " << pairs[i + 1] << ", a "
             << getOperand(pairs[i + 1]).getType();
  return success();
}

LogicalResult KernelOp::verifyRegions() {
  auto yield = dyn_cast<YieldOp>(getBody().front().getTerminator());
  if (!yield)
    return emitOpError("has a body that does not end in plan.yield");
  if (yield.getOperandTypes() != getResultTypes())
    return emitOpError("yields values of types ")
           << yield.getOperandTypes() << ", but has results of types "
           << getResultTypes();
  if (getNumResults() == 0)
    return emitOpError("has no result");
  for (auto [i, value] : llvm::enumerate(yield.getValues()))
    if (!value.getDefiningOp())
      return emitOpError("yields operand ")
             << cast<BlockArgument>(value).getArgNumber() << " as result " << i
             << "; its users can read the operand instead";
  return success();
}

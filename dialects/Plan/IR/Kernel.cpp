//===- Kernel.cpp - Ops that become one kernel ------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/Plan/IR/Plan.h"
#include "dialects/Plan/Interfaces/PlanningInterface.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace coppice;
using namespace coppice::plan;

void KernelOp::getAsmBlockArgumentNames(Region &region,
                                        OpAsmSetValueNameFn setName) {
  for (BlockArgument argument : region.getArguments()) {
    unsigned number = argument.getArgNumber(), ins = getIns().size();
    setName(argument, number < ins    ? "in" + std::to_string(number)
                      : isOut(number) ? "out" + std::to_string(number - ins)
                                      : "scratch");
  }
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

void KernelOp::addOverwrite(unsigned result, unsigned operand) {
  SmallVector<int64_t> pairs(getMayOverwrite());
  if (!llvm::is_contained(getOverwrites(), std::make_pair(result, operand)))
    pairs.append({result, operand});
  setMayOverwrite(pairs);
}

void KernelOp::dropOverwrites(unsigned result) {
  SmallVector<int64_t> kept;
  for (auto [overwriting, operand] : getOverwrites())
    if (overwriting != result)
      kept.append({overwriting, operand});
  setMayOverwrite(kept);
}

BlockArgument KernelOp::getInside(Value value) {
  Block &body = getBody().front();
  if (auto known = llvm::find(getIns(), value); known != getIns().end())
    return body.getArgument(known - getIns().begin());
  unsigned index = getIns().size();
  getInsMutable().append(value);
  return body.insertArgument(index, value.getType(), value.getLoc());
}

Value KernelOp::getOutside(Value value) {
  if (auto argument = dyn_cast<BlockArgument>(value))
    if (auto kernel = dyn_cast<KernelOp>(argument.getOwner()->getParentOp()))
      return kernel.getOperand(argument.getArgNumber());
  return value;
}

void KernelOp::dropUnusedOperands() {
  Block &body = getBody().front();
  SmallVector<int64_t> numbers;
  llvm::BitVector unused(body.getNumArguments());
  for (BlockArgument argument : body.getArguments()) {
    unused[argument.getArgNumber()] =
        argument.use_empty() && !isOut(argument.getArgNumber());
    numbers.push_back(argument.getArgNumber() - unused.count());
  }
  if (unused.none())
    return;
  SmallVector<int64_t> overwrites;
  for (auto [result, operand] : getOverwrites())
    if (!unused[operand])
      overwrites.append({result, numbers[operand]});
  setMayOverwrite(overwrites);
  body.eraseArguments(unused);
  for (int i = unused.find_last(); i >= 0; i = unused.find_prev(i))
    getInsMutable().erase(i);
}

BlockArgument KernelOp::addScratch(Value buffer) {
  getScratchMutable().assign(buffer);
  return getBody().front().addArgument(buffer.getType(), buffer.getLoc());
}

/// Verifies that the outs fit the results; without results, that they are
/// buffers.
static LogicalResult verifyOuts(KernelOp kernel) {
  if (kernel.getNumResults() == 0) {
    if (kernel.getOuts().empty())
      return kernel.emitOpError("has neither results nor outs");
    for (Type type : kernel.getOuts().getTypes())
      if (!isa<MemRefType>(type))
        return kernel.emitOpError("has no results, but an out of type ")
               << type << "; it can write buffers alone";
    return success();
  }
  if (kernel.getScratch())
    return kernel.emitOpError("has scratch and results; only a kernel on "
                              "buffers has scratch");
  if (!kernel.getOuts().empty() &&
      kernel.getOuts().getTypes() != kernel.getResultTypes())
    return kernel.emitOpError("has outs of types ")
           << kernel.getOuts().getTypes() << ", but results of types "
           << kernel.getResultTypes();
  for (auto [i, out] : llvm::enumerate(kernel.getOuts()))
    if (llvm::is_contained(kernel.getIns(), out))
      return kernel.emitOpError("reads out ")
             << i << " as an in, too; its body can read it through the out";
  return success();
}

LogicalResult KernelOp::verify() {
  if (failed(verifyOuts(*this)))
    return failure();
  if (getBody().getArgumentTypes() != getOperandTypes())
    return emitOpError("has operands of types ")
           << getOperandTypes() << ", but block arguments of types "
           << getBody().getArgumentTypes();
  // Codes are written as the integers they are.
  ArrayRef<int64_t> pairs = getMayOverwrite();
  if (pairs.size() % 2)
    return emitOpError("may_overwrite has ")
           << pairs.size()
           << " numbers; it takes pairs of a result and an operand";
  for (size_t i = 0; i < pairs.size(); i += 2)
    if (pairs[i] < 0 || pairs[i] >= getNumResults() || pairs[i + 1] < 0 ||
        pairs[i + 1] >= int64_t(getIns().size()))
      return emitOpError("may_overwrite names result ")
             << pairs[i] << " and operand " << pairs[i + 1] << "; it has "
             << getNumResults() << " results and " << getIns().size()
             << " operands";
    else if (getStoredType(getResult(pairs[i]).getType()) !=
             getStoredType(getOperand(pairs[i + 1]).getType()))
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
  for (auto [i, value] : llvm::enumerate(yield.getValues()))
    if (!value.getDefiningOp())
      return emitOpError("yields operand ")
             << cast<BlockArgument>(value).getArgNumber() << " as result " << i
             << "; its users can read the operand instead";
  return success();
}

//===----------------------------------------------------------------------===//
// plan.assemble
//===----------------------------------------------------------------------===//

namespace {
/// The place of a part in the base of an assembly.
struct PlacedPart {
  unsigned number;
  ArrayRef<int64_t> offsets, sizes, strides;

  int64_t getEnd(unsigned axis) const {
    return offsets[axis] + (sizes[axis] - 1) * strides[axis] + 1;
  }
  bool overlaps(const PlacedPart &other) const {
    for (unsigned axis = 0; axis < offsets.size(); ++axis) {
      bool interleaves =
          strides[axis] == other.strides[axis] &&
          (offsets[axis] - other.offsets[axis]) % strides[axis] != 0;
      if (interleaves || getEnd(axis) <= other.offsets[axis] ||
          other.getEnd(axis) <= offsets[axis])
        return false;
    }
    return true;
  }
};
} // namespace

/// Returns the slice of `base` that `part` is written to, if its producer says
/// that.
static tensor::ExtractSliceOp getSliceOf(Value base, Value part) {
  Value out;
  if (auto assembly = part.getDefiningOp<AssembleOp>())
    out = assembly.getBase();
  else if (auto kernel = part.getDefiningOp<KernelOp>();
           kernel && !kernel.getOuts().empty())
    out = kernel.getOuts()[cast<OpResult>(part).getResultNumber()];
  auto slice = out ? out.getDefiningOp<tensor::ExtractSliceOp>() : nullptr;
  return slice && slice.getSource() == base ? slice : nullptr;
}

/// Returns the axis on which the most parts have a place of their own.
static unsigned findMainAxis(ArrayRef<PlacedPart> parts, unsigned rank) {
  unsigned best = 0, most = 0;
  for (unsigned axis = 0; axis < rank; ++axis) {
    llvm::SmallDenseSet<int64_t> offsets;
    for (const PlacedPart &part : parts)
      offsets.insert(part.offsets[axis]);
    if (offsets.size() > most) {
      most = offsets.size();
      best = axis;
    }
  }
  return best;
}

LogicalResult AssembleOp::verify() {
  // Upstream verifies that a static slice is inside of its source.
  SmallVector<PlacedPart> parts;
  for (auto [i, part] : llvm::enumerate(getParts())) {
    tensor::ExtractSliceOp slice = getSliceOf(getBase(), part);
    auto isStatic = [](ArrayRef<int64_t> values) {
      return !llvm::is_contained(values, ShapedType::kDynamic);
    };
    if (!slice || !isStatic(slice.getStaticOffsets()) ||
        !isStatic(slice.getStaticSizes()) ||
        !isStatic(slice.getStaticStrides()) ||
        llvm::is_contained(slice.getStaticSizes(), 0))
      continue;
    parts.push_back({unsigned(i), slice.getStaticOffsets(),
                     slice.getStaticSizes(), slice.getStaticStrides()});
  }
  // Parts are compared with those that begin before they end.
  unsigned axis = findMainAxis(parts, getBase().getType().getRank());
  llvm::stable_sort(parts, [&](const PlacedPart &a, const PlacedPart &b) {
    return a.offsets[axis] < b.offsets[axis];
  });
  for (size_t i = 0; i < parts.size(); ++i)
    for (size_t j = i + 1;
         j < parts.size() && parts[j].offsets[axis] < parts[i].getEnd(axis);
         ++j)
      if (parts[i].overlaps(parts[j]))
        return emitOpError("has parts ")
               << std::min(parts[i].number, parts[j].number) << " and "
               << std::max(parts[i].number, parts[j].number)
               << ", which are written to slices that overlap";
  return success();
}

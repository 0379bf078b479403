//===- StoreBorders.cpp - Kernels write images with borders -----*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/Plan/IR/Plan.h"
#include "dialects/Plan/Transforms/KernelUnits.h"
#include "dialects/Plan/Transforms/Passes.h"
#include "dialects/Plan/Transforms/Places.h"
#include "lib/Support/Remarks.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Quant/IR/QuantTypes.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/ADT/MapVector.h"

namespace coppice::plan {
#define GEN_PASS_DEF_PLANSTOREBORDERS
#include "dialects/Plan/Transforms/Passes.h.inc"
} // namespace coppice::plan

using namespace mlir;
using namespace coppice;
using namespace coppice::plan;

namespace {
/// An operand that an op of a kernel's body reads with a border.
struct Read {
  PlanningOpInterface op;
  unsigned operand;
  Border border;
  /// The value that the kernel loads, and the conversions between it and the
  /// operand, last first.
  Value loaded;
  SmallVector<Operation *, 1> conversions;
};

/// The reads of one value that a border of one kind serves.
struct Group {
  SmallVector<Read *> reads;
  /// The smallest border that contains all of theirs.
  Border border;
  int64_t bytes = 0;
};
} // namespace

/// Whether all codes have one zero point, so that a border of zeros around the
/// real values is a border of one code.
static bool hasOneZero(Value codes) {
  auto perAxis = dyn_cast<quant::UniformQuantizedPerAxisType>(
      getElementTypeOrSelf(codes.getType()));
  return !perAxis || llvm::all_equal(perAxis.getZeroPoints());
}

/// Whether `conversion` computes an element around an image as it computes one
/// of the image: other operands are the same along the axes that grow.
static bool reachesBorder(Operation *conversion, const Border &border) {
  return llvm::all_of(conversion->getOperands().drop_front(), [&](Value other) {
    ArrayRef<int64_t> shape = cast<ShapedType>(other.getType()).getShape();
    size_t lead = border.low.size() - shape.size();
    for (auto [i, extent] : llvm::enumerate(shape))
      if (extent != 1 && (border.low[lead + i] || border.high[lead + i]))
        return false;
    return true;
  });
}

static void collect(Operation &op, SmallVectorImpl<Read> &reads) {
  auto planning = dyn_cast<PlanningOpInterface>(op);
  if (!planning)
    return;
  for (OpOperand &operand : op.getOpOperands()) {
    unsigned number = operand.getOperandNumber();
    std::optional<Border> border = planning.getBorder(number);
    if (!border)
      continue;
    Read &read = reads.emplace_back();
    read = {planning, number, *border, operand.get(), {}};
    while (Operation *def = read.loaded.getDefiningOp()) {
      if (!isComputedByReaders(def) || !reachesBorder(def, *border) ||
          !hasOneZero(def->getOperand(0)))
        break;
      read.conversions.push_back(def);
      read.loaded = def->getOperand(0);
    }
  }
}

/// Replaces the image that the op reads by `padded`, with the same conversions.
static void readPadded(Read &read, Value padded) {
  OpBuilder b(read.op);
  for (Operation *conversion : llvm::reverse(read.conversions)) {
    Operation *copy = b.clone(*conversion);
    copy->setOperand(0, padded);
    Value result = copy->getResult(0);
    result.setType(cast<RankedTensorType>(result.getType())
                       .clone(cast<ShapedType>(padded.getType()).getShape()));
    padded = result;
  }
  read.op.readBordered(read.operand, padded);
  for (Operation *conversion : read.conversions)
    if (conversion->use_empty())
      conversion->erase();
}

/// Puts the border around the image in the consuming kernel.
static void copyIntoBorder(Read &read, StringRef why) {
  decisionRemark(read.op, RemarkCategory::Layout, "border-copy")
      << remark::reason("the kernel copies its image into a border: {0}", why);
  OpBuilder b(read.conversions.empty() ? read.op.getOperation()
                                       : read.conversions.back());
  readPadded(read, read.op.createBorder(b, read.loaded, read.border));
  // The kernel copies the image into the border before it writes the result, so
  // the result may overwrite the image.
  auto kernel = cast<KernelOp>(read.op->getParentOp());
  auto image = dyn_cast<BlockArgument>(read.loaded);
  if (image && image.hasOneUse() && kernel.getNumResults() == 1 &&
      kernel.getResult(0).getType() == image.getType())
    kernel.addOverwrite(0, image.getArgNumber());
}

/// Returns the part of `image`, which has the border `outer`, that has the
/// border `inner`.
static Value takePart(OpBuilder &b, Value image, const Border &outer,
                      const Border &inner) {
  auto type = cast<RankedTensorType>(image.getType());
  SmallVector<int64_t> offsets, sizes;
  for (int64_t d = 0; d < type.getRank(); ++d) {
    int64_t low = outer.low[d] - inner.low[d];
    offsets.push_back(low);
    sizes.push_back(type.getDimSize(d) - low - outer.high[d] + inner.high[d]);
  }
  if (ArrayRef(sizes) == type.getShape())
    return image;
  SmallVector<OpFoldResult> strides(type.getRank(), b.getIndexAttr(1));
  return tensor::ExtractSliceOp::create(
      b, image.getLoc(), type.clone(sizes), image,
      getAsIndexOpFoldResult(b.getContext(), offsets),
      getAsIndexOpFoldResult(b.getContext(), sizes), strides);
}

/// Makes the producer of `image` write it with the border of `group`. The reads
/// of the group take their parts from it; all other users get a view.
static void store(OpResult image, Group &group) {
  auto kernel = cast<KernelOp>(image.getOwner());
  decisionRemark(kernel, RemarkCategory::Layout, "border") << remark::reason(
      "the kernel writes its image within the border that {0} of its readers "
      "need",
      group.reads.size());
  OpOperand &yielded = kernel.getYield()->getOpOperand(image.getResultNumber());
  OpBuilder b(kernel.getYield());
  yielded.set(
      group.reads.front()->op.createBorder(b, yielded.get(), group.border));
  kernel.dropOverwrites(image.getResultNumber());
  SmallVector<OpOperand *> others;
  for (OpOperand &use : image.getUses())
    others.push_back(&use);
  image.setType(yielded.get().getType());
  b.setInsertionPointAfter(kernel);
  Value bare = takePart(
      b, image, group.border,
      Border{SmallVector<int64_t, 4>(4, 0), SmallVector<int64_t, 4>(4, 0)});
  for (OpOperand *use : others)
    use->set(bare);
  for (Read *read : group.reads) {
    auto reader = cast<KernelOp>(read->op->getParentOp());
    Value part = takePart(b, image, group.border, read->border);
    readPadded(*read, reader.getInside(part));
  }
}

static void add(Group &group, Read &read) {
  if (group.reads.empty())
    group.border = read.border;
  group.reads.push_back(&read);
  for (auto [most, low] : llvm::zip_equal(group.border.low, read.border.low))
    most = std::max(most, low);
  for (auto [most, high] : llvm::zip_equal(group.border.high, read.border.high))
    most = std::max(most, high);
  auto type = cast<RankedTensorType>(read.loaded.getType());
  SmallVector<int64_t> shape(type.getShape());
  for (auto [extent, low, high] :
       llvm::zip_equal(shape, group.border.low, group.border.high))
    extent += low + high;
  group.bytes = getStoredBytes(type.clone(shape));
}

namespace {
struct PlanStoreBorders : plan::impl::PlanStoreBordersBase<PlanStoreBorders> {
  void runOnOperation() override {
    SmallVector<Read> reads;
    getOperation().walk([&](KernelOp kernel) {
      for (Operation &op : kernel.getMembers())
        collect(op, reads);
    });
    // The groups, by value and by the content of the border: zeros, or the
    // lowest value.
    llvm::MapVector<Value, std::array<Group, 2>> groups;
    for (Read &read : reads)
      if (Value image = KernelOp::getOutside(read.loaded);
          image.getDefiningOp<KernelOp>() && isMadeInPlace(image))
        add(groups[image][read.border.isLowest], read);
      else
        copyIntoBorder(read, "no kernel computes the image, or not to a place "
                             "that its readers choose");
    for (auto &[image, kinds] : groups) {
      bool isLowest = kinds[1].bytes > kinds[0].bytes;
      for (Read *read : kinds[!isLowest].reads)
        copyIntoBorder(*read, "the stored border has other content");
      store(cast<OpResult>(image), kinds[isLowest]);
    }
    getOperation().walk([](KernelOp kernel) { kernel.dropUnusedOperands(); });
    // Erase views of images without their border that have no user.
    getOperation().walk([](tensor::ExtractSliceOp part) {
      if (part->use_empty())
        part->erase();
    });
  }
};
} // namespace

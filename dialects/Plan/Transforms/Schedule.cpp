//===- Schedule.cpp - Orders ops for a low peak of live bytes ---*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "coppice/Planning/Ordering.h"
#include "dialects/NN/IR/NN.h"
#include "dialects/Plan/Analysis/Lifetimes.h"
#include "dialects/Plan/IR/Plan.h"
#include "dialects/Plan/Transforms/Passes.h"
#include "dialects/Plan/Transforms/WriteInstance.h"
#include "dialects/Train/IR/Train.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Interfaces/DataLayoutInterfaces.h"
#include "mlir/Transforms/RegionUtils.h"

namespace coppice::plan {
#define GEN_PASS_DEF_PLANSCHEDULE
#include "dialects/Plan/Transforms/Passes.h.inc"
} // namespace coppice::plan

using namespace mlir;
using namespace coppice;
using namespace coppice::plan;

/// Constants and parameters: no op has to come before them, and their bytes are
/// not in the arena. They go right before their first user.
static bool isFloating(Operation &op) {
  return op.hasTrait<OpTrait::ConstantLike>() || isa<train::ReadOp>(op);
}

/// Whether the op's result is its operand's storage with another type.
static bool isView(Operation *op) {
  return isa<nn::ReshapeOp, tensor::ExpandShapeOp, tensor::CollapseShapeOp,
             tensor::CastOp, quant::StorageCastOp>(op);
}

/// The bytes a tensor takes in the arena.
static int64_t bytesOf(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(lowp::getStorageTensor(type));
  if (!tensor || !tensor.hasStaticShape())
    return 0;
  // A signed or unsigned integer is stored as a signless one.
  Type element = tensor.getElementType();
  if (auto integer = dyn_cast<IntegerType>(element))
    element = IntegerType::get(type.getContext(), integer.getWidth());
  return llvm::alignTo(tensor.getNumElements() *
                           int64_t(DataLayout().getTypeSize(element)),
                       kAlignment);
}

/// Elements of `image` (N x H x W x C) with a border; `pads` are top, left,
/// bottom, right.
static int64_t countPadded(ShapedType image, ArrayRef<int64_t> pads) {
  int64_t height = image.getDimSize(1), width = image.getDimSize(2);
  return image.getNumElements() / std::max<int64_t>(1, height * width) *
         (height + pads[0] + pads[2]) * (width + pads[1] + pads[3]);
}

/// The bytes of an image that a convolution reads: it is stored with a border
/// of zeros.
static int64_t paddedBytes(Value image, ArrayRef<int64_t> pads) {
  auto type = cast<RankedTensorType>(image.getType());
  return bytesOf(
      RankedTensorType::get({countPadded(type, pads)}, type.getElementType()));
}

/// What an op needs while it runs: the gradient of a convolution's input is a
/// convolution of the padded gradient with flipped weights.
static int64_t scratchOf(Operation *op) {
  auto grad = dyn_cast<nn::Conv2DInputGradOp>(op);
  if (!grad)
    return 0;
  auto weight = cast<RankedTensorType>(grad.getWeight().getType());
  int64_t pads[] = {weight.getDimSize(0) - 1, weight.getDimSize(1) - 1, 0, 0};
  bool pointwise = pads[0] == 0 && pads[1] == 0;
  return bytesOf(weight) + (pointwise ? 0 : paddedBytes(grad.getDy(), pads));
}

namespace {
/// The ordering problem of a block.
class BlockProblem {
public:
  explicit BlockProblem(Block &block) : block(block) {
    for (Operation &op : block.without_terminator())
      if (!isFloating(op))
        addOp(op);
    for (Operation *op : ops)
      if (auto write = dyn_cast<train::WriteOp>(op))
        placeInState(write.getValue(), getReads(write), write);
      else if (auto tie =
                   dyn_cast<bufferization::MaterializeInDestinationOp>(op))
        placeInState(tie.getSource(), {tie.getDest()}, tie);
    // What a function returns goes to the caller's buffer.
    for (Value value : block.getTerminator()->getOperands())
      if (int64_t storage = lookup(value); storage >= 0)
        problem.storages[storage].size = 0;
  }

  /// Reorders the block.
  void apply(ArrayRef<uint32_t> order) {
    Operation *end = block.getTerminator();
    DenseSet<Operation *> placed;
    auto place = [&](Operation *op) {
      SetVector<Value> used = getUsed(op);
      for (Value value : used)
        if (Operation *def = value.getDefiningOp();
            def && def->getBlock() == &block && isFloating(*def) &&
            placed.insert(def).second)
          def->moveBefore(end);
    };
    for (uint32_t index : order) {
      place(ops[index]);
      ops[index]->moveBefore(end);
    }
    place(end);
  }

  planning::OrderingProblem problem;

private:
  static SetVector<Value> getUsed(Operation *op) {
    SetVector<Value> used(op->operand_begin(), op->operand_end());
    getUsedValuesDefinedAbove(op->getRegions(), used);
    return used;
  }

  int64_t lookup(Value value) const {
    auto storage = storages.find(value);
    return storage == storages.end() ? -1 : storage->second;
  }

  void addOp(Operation &op) {
    uint32_t index = ops.size();
    indices[&op] = index;
    ops.push_back(&op);
    planning::OrderedOp ordered;
    std::string name = getName(op.getLoc());
    ordered.name = names.getUnique(name.empty() ? op.getName().getStringRef()
                                                : StringRef(name));
    for (Value value : getUsed(&op)) {
      if (auto def = indices.find(value.getDefiningOp()); def != indices.end())
        ordered.after.push_back(def->second);
      if (int64_t storage = lookup(value); storage >= 0)
        ordered.uses.push_back(storage);
    }
    // Ops with effects of their own keep their order.
    if (!isMemoryEffectFree(&op) && !isa<train::WriteOp>(op)) {
      if (lastEffect)
        ordered.after.push_back(*lastEffect);
      lastEffect = index;
    }
    ordered.scratch = scratchOf(&op);
    if (auto conv = dyn_cast<nn::Conv2DOp>(op))
      addBorder(conv.getInput(), conv.getPads(), ordered);
    else if (auto conv = dyn_cast<nn::Conv2DWeightGradOp>(op))
      addBorder(conv.getInput(), conv.getPads(), ordered);
    addResults(op, ordered);
    for (std::vector<uint32_t> *list : {&ordered.uses, &ordered.after}) {
      llvm::sort(*list);
      list->erase(std::unique(list->begin(), list->end()), list->end());
    }
    problem.ops.push_back(std::move(ordered));
  }

  /// The image is stored with the border that a convolution wants; one that is
  /// not ours is copied.
  void addBorder(Value image, ArrayRef<int64_t> pads,
                 planning::OrderedOp &ordered) {
    if (llvm::all_of(pads, [](int64_t pad) { return pad == 0; }))
      return;
    int64_t bytes = paddedBytes(image, pads), storage = lookup(image);
    if (storage < 0)
      ordered.scratch += bytes;
    else
      problem.storages[storage].size =
          std::max(problem.storages[storage].size, bytes);
  }

  void addResults(Operation &op, planning::OrderedOp &ordered) {
    for (Value result : op.getResults()) {
      if (isa<bufferization::MaterializeInDestinationOp>(op))
        continue; // the destination
      if (isView(&op)) {
        if (int64_t storage = lookup(op.getOperand(0)); storage >= 0)
          storages[result] = storage;
        continue;
      }
      if (!isa<RankedTensorType>(result.getType()))
        continue;
      uint32_t storage = problem.storages.size();
      std::string name = ordered.name;
      if (op.getNumResults() > 1)
        name = names.getUnique(name);
      problem.storages.push_back({name, bytesOf(result.getType())});
      storages[result] = storage;
      ordered.defines.push_back(storage);
      // An elementwise op may write where it reads.
      if (isa<nn::ElementwiseOpInterface>(op))
        for (Value operand : op.getOperands())
          if (int64_t used = lookup(operand);
              used >= 0 &&
              bytesOf(operand.getType()) >= bytesOf(result.getType()) &&
              getElementTypeOrSelf(operand) == getElementTypeOrSelf(result))
            ordered.overwrites.emplace_back(storage, used);
    }
  }

  SmallVector<Value> getReads(train::WriteOp write) {
    SmallVector<Value> reads;
    for (auto read : block.getOps<train::ReadOp>())
      if (read.getParameterAttr() == write.getParameterAttr())
        reads.push_back(read);
    return reads;
  }

  /// `value` becomes the new content of the buffer whose old content is `old`.
  /// Its op writes there at once if every other reader of the old content comes
  /// first, which becomes a dependency; else the value needs bytes of its own.
  void placeInState(Value value, SmallVector<Value> old, Operation *store) {
    Value source = value;
    while (Operation *def = source.getDefiningOp()) {
      if (!isView(def))
        break;
      source = def->getOperand(0);
    }
    int64_t storage = lookup(source);
    auto writer = indices.find(source.getDefiningOp());
    if (storage < 0 || writer == indices.end())
      return;
    SmallVector<uint32_t> readers;
    for (size_t i = 0; i < old.size(); ++i) {
      for (Operation *user : old[i].getUsers()) {
        Operation *ancestor = block.findAncestorOpInBlock(*user);
        auto index = indices.find(ancestor);
        if (ancestor == store || index == indices.end())
          continue;
        if (isView(ancestor))
          old.push_back(ancestor->getResult(0));
        else if (index->second != writer->second)
          readers.push_back(index->second);
        else if (!isa<nn::ElementwiseOpInterface>(ancestor))
          return; // reads the old content while it writes the new
      }
    }
    for (uint32_t reader : readers)
      if (dependsOn(reader, writer->second))
        return;
    std::vector<uint32_t> &after = problem.ops[writer->second].after;
    after.insert(after.end(), readers.begin(), readers.end());
    llvm::sort(after);
    after.erase(std::unique(after.begin(), after.end()), after.end());
    problem.storages[storage].size = 0;
  }

  /// Whether `op` comes after `other` in every order.
  bool dependsOn(uint32_t op, uint32_t other) const {
    SmallVector<uint32_t> stack{op};
    DenseSet<uint32_t> seen{op};
    while (!stack.empty()) {
      uint32_t top = stack.pop_back_val();
      if (top == other)
        return true;
      for (uint32_t before : problem.ops[top].after)
        if (seen.insert(before).second)
          stack.push_back(before);
    }
    return false;
  }

  Block &block;
  SmallVector<Operation *> ops;
  DenseMap<Operation *, uint32_t> indices;
  DenseMap<Value, int64_t> storages;
  std::optional<uint32_t> lastEffect;
  BufferNames names;
};

struct PlanSchedule : plan::impl::PlanScheduleBase<PlanSchedule> {
  using PlanScheduleBase::PlanScheduleBase;

  void runOnOperation() override {
    func::FuncOp function = getOperation();
    if (function.isDeclaration())
      return;
    std::optional<planning::OrderingSolver> parsed =
        planning::parseOrderingSolver(solver);
    if (!parsed) {
      function.emitError("no ordering solver is named '")
          << solver
          << "'; there are auto, listed, greedy, depth-first, beam and exact";
      return signalPassFailure();
    }
    if (!function.getBody().hasOneBlock()) {
      function.emitOpError("has branches between blocks; only a straight line "
                           "of ops can be reordered");
      return signalPassFailure();
    }
    if (failed(schedule(function, *parsed)))
      signalPassFailure();
  }

  LogicalResult schedule(func::FuncOp function,
                         planning::OrderingSolver parsed) {
    BlockProblem block(function.getBody().front());
    const planning::OrderingProblem &problem = block.problem;
    if (llvm::Error error = problem.check())
      return function.emitOpError(llvm::toString(std::move(error)));
    planning::OrderingOptions options;
    options.solver = parsed;
    options.states = states;
    planning::OrderingSolution solution = planning::solve(problem, options);
    if (llvm::Error error = planning::verify(problem, solution))
      return function.emitOpError("has a wrong order, by a defect of the ")
             << solution.solver
             << " solver: " << llvm::toString(std::move(error));
    if (!instances.empty() &&
        failed(writeInstance(function, instances, planning::toJSON(problem))))
      return failure();
    options.solver = planning::OrderingSolver::listed;
    int64_t before = planning::solve(problem, options).peak;
    block.apply(solution.order);
    Builder b(function.getContext());
    function->setAttr(
        kScheduleAttr,
        b.getDictionaryAttr(
            {b.getNamedAttr("before", b.getI64IntegerAttr(before)),
             b.getNamedAttr("live_bytes", b.getI64IntegerAttr(solution.peak)),
             b.getNamedAttr("lower_bound",
                            b.getI64IntegerAttr(planning::lowerBound(problem))),
             b.getNamedAttr("optimal", b.getBoolAttr(solution.optimal))}));
    return success();
  }
};
} // namespace

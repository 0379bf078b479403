//===- Tiling.cpp - Chooses the register tile of a kernel -------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Kernels/Tiling.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace coppice;
using namespace coppice::kernels;

int64_t Tiling::accumulators() const {
  int64_t count = vectors;
  for (int64_t factor : factors)
    count *= factor;
  return count;
}

Operation *coppice::kernels::getCombiner(linalg::GenericOp op) {
  if (op.getNumDpsInits() != 1)
    return nullptr;
  Value accumulator = op.getRegionOutputArgs().front();
  Operation *combiner =
      op.getBody()->getTerminator()->getOperand(0).getDefiningOp();
  if (!combiner || !accumulator.hasOneUse() ||
      *accumulator.user_begin() != combiner ||
      !isa<arith::AddFOp, arith::AddIOp, arith::MaximumFOp, arith::MinimumFOp,
           arith::MaxNumFOp, arith::MinNumFOp, arith::MaxSIOp, arith::MinSIOp,
           arith::MaxUIOp, arith::MinUIOp>(combiner))
    return nullptr;
  return combiner;
}

std::optional<unsigned> coppice::kernels::findRowLoop(const LoopKernel &kernel,
                                                      const Access &access,
                                                      unsigned laneLoop) {
  for (auto [loop, isReduction] : llvm::enumerate(kernel.reduction))
    if (!isReduction && loop != laneLoop && access.isContiguous(loop))
      return loop;
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// Cost
//===----------------------------------------------------------------------===//

namespace {
enum class LaneKind { Invariant, Contiguous, Strided };

/// One load of the reduction step or of the epilogue.
struct LoadModel {
  LaneKind kind;
  SmallVector<unsigned> loops;
  /// The loop whose rows can be loaded so that the strided lanes are columns of
  /// a block.
  std::optional<unsigned> rowLoop;
};

/// Counts the ops that combine two arguments of the body or more. An op on one
/// input alone (widening a code) is done once for each of its elements.
static int64_t countCombiningOps(linalg::GenericOp op) {
  DenseMap<Value, int64_t> source;
  for (BlockArgument argument : op.getBody()->getArguments())
    source[argument] = argument.getArgNumber();
  int64_t count = 0;
  constexpr int64_t kNone = -1, kMany = -2;
  for (Operation &inner : op.getBody()->without_terminator()) {
    int64_t from = kNone;
    for (Value operand : inner.getOperands()) {
      auto known = source.find(operand);
      if (known == source.end() || known->second == kNone)
        continue;
      from = from == kNone || from == known->second ? known->second : kMany;
    }
    for (Value result : inner.getResults())
      source[result] = from;
    count += from == kMany;
  }
  return count;
}

class CostModel {
public:
  CostModel(const LoopKernel &kernel, const TargetRecord &target,
            unsigned laneLoop)
      : kernel(kernel), target(target), laneLoop(laneLoop) {
    for (const Access &input : kernel.inputs)
      if (input.base && !input.isScalar())
        loads.push_back(modelLoad(input));
    for (const Access &input : kernel.epilogueInputs)
      if (input.base && !input.isScalar())
        epilogueLoads.push_back(modelLoad(input));
    for (const Access &output : kernel.outputs)
      if (kernel.storeOutput)
        stores.push_back(model(output));
    for (const Access &output : kernel.epilogueOutputs)
      stores.push_back(model(output));
    for (auto [extent, isReduction] :
         llvm::zip_equal(kernel.extents, kernel.reduction))
      if (isReduction)
        steps *= extent;
    if (linalg::GenericOp epilogue = kernel.epilogue)
      epilogueOps = llvm::range_size(epilogue.getBody()->without_terminator());
    linalg::GenericOp op = kernel.op;
    // A multiply and an add are one instruction.
    bodyOps = kernel.hasReduction()
                  ? std::max<int64_t>(1, countCombiningOps(op) - 1)
                  : llvm::range_size(op.getBody()->without_terminator());
  }

  /// Returns the cycles of the whole kernel, plus a little for each op of its
  /// code, which has to be compiled and fetched.
  double cost(const Tiling &tiling) const {
    Tiling piece = tiling;
    double code = 0;
    double cycles = pieces(tiling, piece, 0, 1, code);
    return cycles * (1 + code / 2000) + code;
  }

private:
  LoadModel model(const Access &access) const {
    LoadModel result;
    for (unsigned d = 0; d < kernel.extents.size(); ++d)
      if (access.uses(d))
        result.loops.push_back(d);
    result.kind = !access.uses(laneLoop)          ? LaneKind::Invariant
                  : access.isContiguous(laneLoop) ? LaneKind::Contiguous
                                                  : LaneKind::Strided;
    return result;
  }

  LoadModel modelLoad(const Access &access) const {
    LoadModel result = model(access);
    if (result.kind == LaneKind::Strided)
      result.rowLoop = findRowLoop(kernel, access, laneLoop);
    return result;
  }

  /// Returns the shuffles for one vector of a transposed block; 0 if there is
  /// no block.
  static unsigned shuffles(const LoadModel &load, const Tiling &piece) {
    bool isBlock = load.rowLoop && llvm::isPowerOf2_64(piece.lanes) &&
                   piece.factors[*load.rowLoop] % piece.lanes == 0;
    return isBlock ? llvm::Log2_64(piece.lanes) : 0;
  }

  /// Sums over main and remainder tiles of loop d and those after it.
  double pieces(const Tiling &tiling, Tiling &piece, unsigned d, int64_t tiles,
                double &code) const {
    if (d == kernel.extents.size()) {
      code += codeOf(piece);
      return tiles * tile(piece);
    }
    if (kernel.reduction[d])
      return pieces(tiling, piece, d + 1, tiles, code);
    double sum = 0;
    int64_t extent = kernel.extents[d];
    if (d == laneLoop) {
      int64_t chunk = tiling.lanes * tiling.vectors;
      piece.vectors = tiling.vectors;
      if (extent / chunk)
        sum += pieces(tiling, piece, d + 1, tiles * (extent / chunk), code);
      if (int64_t rest = extent % chunk) {
        piece.vectors = llvm::divideCeil(rest, tiling.lanes);
        sum += pieces(tiling, piece, d + 1, tiles, code);
      }
      piece.vectors = tiling.vectors;
      return sum;
    }
    int64_t factor = tiling.factors[d];
    piece.factors[d] = factor;
    if (extent / factor)
      sum += pieces(tiling, piece, d + 1, tiles * (extent / factor), code);
    if (int64_t rest = extent % factor) {
      piece.factors[d] = rest;
      sum += pieces(tiling, piece, d + 1, tiles, code);
    }
    piece.factors[d] = factor;
    return sum;
  }

  double loadCost(const LoadModel &load, const Tiling &piece) const {
    double count = 1;
    for (unsigned d : load.loops)
      if (d != laneLoop)
        count *= piece.factors[d];
    if (load.kind == LaneKind::Invariant)
      return 0.5 * count;
    count *= piece.vectors;
    if (unsigned perVector = shuffles(load, piece))
      return (0.55 + perVector) * count;
    return load.kind == LaneKind::Contiguous ? 0.55 * count
                                             : 1.3 * piece.lanes * count;
  }

  /// Returns the number of ops of one tile's code.
  double codeOf(const Tiling &piece) const {
    auto count = [&](const LoadModel &load) {
      double ops = 1;
      for (unsigned d : load.loops)
        if (d != laneLoop)
          ops *= piece.factors[d];
      if (load.kind != LaneKind::Invariant)
        ops *= piece.vectors;
      if (unsigned perVector = shuffles(load, piece))
        return (2 + perVector) * ops;
      return load.kind == LaneKind::Strided ? 3 * piece.lanes * ops : 2 * ops;
    };
    double ops = 10 + bodyOps * piece.accumulators();
    for (const auto *list : {&loads, &epilogueLoads, &stores})
      for (const LoadModel &load : *list)
        ops += count(load);
    return ops + epilogueOps * piece.accumulators();
  }

  double tile(const Tiling &piece) const {
    bool isHorizontal = kernel.reduction[laneLoop];
    double count = piece.accumulators();
    double arithmetic = bodyOps * count, memory = 0;
    for (const LoadModel &load : loads)
      memory += loadCost(load, piece);
    double step = std::max(arithmetic, memory);
    if (kernel.hasReduction())
      step = std::max<double>(step, target.multiplyAddLatency);
    step += 0.75; // the loop
    double trips = steps;
    if (isHorizontal)
      trips = double(llvm::divideCeil(kernel.extents[laneLoop],
                                      piece.lanes * piece.vectors)) *
              steps / kernel.extents[laneLoop];
    double sum = trips * step + (kernel.hasReduction() ? 6 : 1);
    // A horizontal sum is a chain of shuffles and adds.
    if (isHorizontal)
      sum += count + (count / piece.vectors) * 10;
    for (const LoadModel &load : epilogueLoads)
      sum += loadCost(load, piece);
    for (const LoadModel &store : stores)
      sum += 2 * loadCost(store, piece);
    return sum;
  }

  const LoopKernel &kernel;
  const TargetRecord &target;
  unsigned laneLoop;
  SmallVector<LoadModel> loads, epilogueLoads, stores;
  double steps = 1;
  int64_t bodyOps, epilogueOps = 0;
};
} // namespace

//===----------------------------------------------------------------------===//
// Search
//===----------------------------------------------------------------------===//

/// Chooses the order that moves fewer bytes through the first cache. With lanes
/// innermost, `weights` are read again for each row of tiles; with lanes
/// outermost, the other operands are.
static SmallVector<unsigned> chooseOrder(const LoopKernel &kernel,
                                         const Tiling &tiling,
                                         const TargetRecord &target) {
  SmallVector<unsigned> order;
  for (auto [d, isReduction] : llvm::enumerate(kernel.reduction))
    if (!isReduction)
      order.push_back(d);
  if (kernel.reduction[tiling.laneLoop] || order.size() < 2)
    return order;
  double laneBytes = 0, otherBytes = 0, laneTiles = 1, otherTiles = 1;
  for (const Access &input : kernel.inputs) {
    if (!input.base || input.isScalar())
      continue;
    auto type = cast<ShapedType>(input.base.getType());
    double bytes =
        double(type.getNumElements()) * type.getElementTypeBitWidth() / 8;
    (input.uses(tiling.laneLoop) ? laneBytes : otherBytes) += bytes;
  }
  for (unsigned d : order)
    if (d == tiling.laneLoop)
      laneTiles = double(kernel.extents[d]) / (tiling.lanes * tiling.vectors);
    else
      otherTiles *= double(kernel.extents[d]) / tiling.factors[d];
  if (laneTiles <= 1 || laneBytes <= target.firstCacheBytes / 2 ||
      laneBytes * otherTiles <= otherBytes * laneTiles)
    return order;
  llvm::erase(order, tiling.laneLoop);
  order.insert(order.begin(), tiling.laneLoop);
  return order;
}

/// Returns the widest type that a step reads or computes: bytes may be
/// multiplied in 32 bits. An epilogue runs once for each tile, and may take
/// several registers for a vector.
static unsigned widestElement(const LoopKernel &kernel) {
  unsigned bits = 8;
  auto consider = [&](Type type) {
    if (type.isIntOrFloat())
      bits = std::max(bits, type.getIntOrFloatBitWidth());
  };
  for (const Access &input : kernel.inputs)
    if (input.base)
      consider(input.getElementType());
  for (const Access &output : kernel.outputs)
    consider(output.getElementType());
  linalg::GenericOp op = kernel.op;
  for (Operation &inner : op.getBody()->without_terminator())
    for (Type type : inner.getResultTypes())
      consider(type);
  return bits;
}

Tiling coppice::kernels::chooseTiling(const LoopKernel &kernel,
                                      const TargetRecord &target) {
  unsigned loops = kernel.extents.size();
  unsigned maxLanes = target.getLanes(widestElement(kernel));
  int64_t maxAccumulators = std::max<int64_t>(1, target.vectorRegisters - 6);
  Operation *combiner = getCombiner(kernel.op);
  Tiling best;
  best.factors.assign(loops, 1);
  best.cost = std::numeric_limits<double>::infinity();
  if (loops == 0) {
    best.cost = 0;
    return best;
  }
  for (unsigned lane = 0; lane < loops; ++lane) {
    if (kernel.reduction[lane] && !combiner)
      continue;
    CostModel model(kernel, target, lane);
    Tiling tiling;
    tiling.laneLoop = lane;
    tiling.lanes = std::min<int64_t>(maxLanes, kernel.extents[lane]);
    int64_t wholeVectors = llvm::divideCeil(kernel.extents[lane], tiling.lanes);
    SmallVector<unsigned> others;
    for (unsigned d = 0; d < loops; ++d)
      if (d != lane && !kernel.reduction[d])
        others.push_back(d);
    auto consider = [&] {
      if (tiling.accumulators() > maxAccumulators)
        return;
      tiling.cost = model.cost(tiling);
      if (tiling.cost < best.cost)
        best = tiling;
    };
    for (int64_t vectors = 1; vectors <= std::min<int64_t>(wholeVectors, 4);
         ++vectors) {
      tiling.vectors = vectors;
      tiling.factors.assign(loops, 1);
      consider();
      for (unsigned i = 0; i < others.size(); ++i) {
        unsigned d = others[i];
        int64_t limit = std::min(kernel.extents[d], maxAccumulators);
        for (int64_t f = 2; f <= limit && f * vectors <= maxAccumulators; ++f) {
          tiling.factors[d] = f;
          consider();
          for (unsigned j = i + 1; j < others.size(); ++j) {
            unsigned e = others[j];
            for (int64_t g = 2;
                 g <= kernel.extents[e] && f * g * vectors <= maxAccumulators;
                 ++g) {
              tiling.factors[e] = g;
              consider();
            }
            tiling.factors[e] = 1;
          }
        }
        tiling.factors[d] = 1;
      }
    }
  }
  best.order = chooseOrder(kernel, best, target);
  return best;
}

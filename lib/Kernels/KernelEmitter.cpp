//===- KernelEmitter.cpp - Vector loops of a tiled kernel -------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Kernels/KernelEmitter.h"

#include "lib/Kernels/TileAccess.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace coppice::kernels;

namespace {
/// A run of equal tiles along one loop.
struct Piece {
  int64_t offset, tiles, size;
  /// The vectors of one tile along the lane loop.
  SmallVector<int64_t> widths;
};

class KernelEmitter {
public:
  KernelEmitter(OpBuilder &b, const LoopKernel &kernel, const Tiling &tiling)
      : b(b), loc(kernel.loc), kernel(kernel), op(kernel.op),
        epilogue(kernel.epilogue), tiling(tiling),
        isHorizontal(kernel.reduction[tiling.laneLoop]),
        tile(b, kernel, tiling) {}

  void emit() { emitLoops(0); }

private:
  // Loops.
  SmallVector<Piece> piecesOf(unsigned loop);
  void emitLoops(unsigned depth);
  SmallVector<Value>
  loopOver(int64_t offset, int64_t tiles, int64_t size, unsigned loop,
           ArrayRef<Value> carried,
           function_ref<SmallVector<Value>(ArrayRef<Value>)> body);

  // Tiles.
  void emitTile();
  SmallVector<Point> pointsOfTile();
  /// Emits one step of the reduction for every point; updates `accumulators`.
  void step(MutableArrayRef<Value> accumulators, ArrayRef<Point> points,
            unsigned stride, ArrayRef<int64_t> widths, unsigned firstSlot);
  SmallVector<Value> reduce(SmallVector<Value> accumulators,
                            ArrayRef<Point> points, ArrayRef<unsigned> loops);
  /// Calls `visit` with the first element and the width of each vector of
  /// lanes at `points`.
  void forEachVector(ArrayRef<Point> points,
                     function_ref<void(const Point &, int64_t)> visit);
  void emitVerticalTile(ArrayRef<Point> points);
  void emitHorizontalTile(ArrayRef<Point> points);
  SmallVector<IndexVector> vectorsOf(ArrayRef<BodyIndex> indices,
                                     const Point &point, int64_t width);
  Value initialValue(unsigned output, const Point &point, int64_t width);
  /// Stores the results of one vector and runs the epilogue on it.
  void finish(ArrayRef<Value> results, const Point &point, int64_t width);

  OpBuilder &b;
  Location loc;
  const LoopKernel &kernel;
  linalg::GenericOp op, epilogue;
  const Tiling &tiling;
  bool isHorizontal;

  TileAccess tile;
  SmallVector<int64_t> laneWidths;
};
} // namespace

//===----------------------------------------------------------------------===//
// Loops
//===----------------------------------------------------------------------===//

SmallVector<Piece> KernelEmitter::piecesOf(unsigned loop) {
  int64_t extent = kernel.extents[loop];
  bool isLane = loop == tiling.laneLoop;
  int64_t size = isLane ? tiling.lanes * tiling.vectors : tiling.factors[loop];
  SmallVector<Piece> pieces;
  if (int64_t tiles = extent / size)
    pieces.push_back({0, tiles, size, {}});
  if (int64_t rest = extent % size)
    pieces.push_back({extent - rest, 1, rest, {}});
  if (isLane)
    for (Piece &piece : pieces)
      for (int64_t done = 0; done < piece.size; done += tiling.lanes)
        piece.widths.push_back(std::min(tiling.lanes, piece.size - done));
  return pieces;
}

SmallVector<Value> KernelEmitter::loopOver(
    int64_t offset, int64_t tiles, int64_t size, unsigned loop,
    ArrayRef<Value> carried,
    function_ref<SmallVector<Value>(ArrayRef<Value>)> body) {
  if (tiles == 1) {
    tile.setPosition(loop, b.getIndexAttr(offset));
    return body(carried);
  }
  auto constant = [&](int64_t value) -> Value {
    return arith::ConstantIndexOp::create(b, loc, value);
  };
  auto forOp = scf::ForOp::create(b, loc, constant(offset),
                                  constant(offset + tiles * size),
                                  constant(size), carried);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(forOp.getBody());
  tile.setPosition(loop, forOp.getInductionVar());
  SmallVector<Value> yielded =
      body(SmallVector<Value>(forOp.getRegionIterArgs()));
  // Without iteration arguments, the builder has created the terminator.
  if (!carried.empty())
    scf::YieldOp::create(b, loc, yielded);
  return SmallVector<Value>(forOp.getResults());
}

void KernelEmitter::emitLoops(unsigned depth) {
  if (depth == tiling.order.size()) {
    emitTile();
    return;
  }
  unsigned loop = tiling.order[depth];
  for (const Piece &piece : piecesOf(loop)) {
    tile.setSize(loop, piece.size);
    if (loop == tiling.laneLoop)
      laneWidths = piece.widths;
    loopOver(piece.offset, piece.tiles, piece.size, loop, /*carried=*/{},
             [&](ArrayRef<Value>) -> SmallVector<Value> {
               emitLoops(depth + 1);
               return {};
             });
  }
}

//===----------------------------------------------------------------------===//
// Tiles
//===----------------------------------------------------------------------===//

SmallVector<Point> KernelEmitter::pointsOfTile() {
  SmallVector<Point> points = {Point(kernel.extents.size(), 0)};
  for (unsigned loop : tiling.order) {
    if (loop == tiling.laneLoop)
      continue;
    SmallVector<Point> more;
    for (const Point &point : points)
      for (int64_t i = 0; i < tile.getSize(loop); ++i) {
        more.push_back(point);
        more.back()[loop] = i;
      }
    points = std::move(more);
  }
  return points;
}

Value KernelEmitter::initialValue(unsigned output, const Point &point,
                                  int64_t width) {
  if (Value fill = kernel.fills[output])
    return tile.splat(fill, width);
  return tile.load(kernel.outputs[output], point, width);
}

SmallVector<IndexVector> KernelEmitter::vectorsOf(ArrayRef<BodyIndex> indices,
                                                  const Point &point,
                                                  int64_t width) {
  SmallVector<IndexVector> vectors;
  for (const BodyIndex &index : indices)
    vectors.push_back(
        {index.value,
         index.isRead ? tile.indexVector(index.index, point, width) : Value()});
  return vectors;
}

void KernelEmitter::step(MutableArrayRef<Value> accumulators,
                         ArrayRef<Point> points, unsigned stride,
                         ArrayRef<int64_t> widths, unsigned firstSlot) {
  tile.startCode();
  unsigned numOutputs = kernel.outputs.size();
  for (auto [p, point] : llvm::enumerate(points)) {
    int64_t offset = 0;
    for (auto [v, width] : llvm::enumerate(widths)) {
      Point at(point);
      at[tiling.laneLoop] += offset;
      offset += width;
      SmallVector<Value> arguments;
      for (const Access &input : kernel.inputs)
        arguments.push_back(input.base ? tile.load(input, at, width) : Value());
      unsigned slot = (p * stride + firstSlot + v) * numOutputs;
      for (unsigned o = 0; o < numOutputs; ++o)
        arguments.push_back(accumulators[slot + o]);
      SmallVector<Value> results =
          emitBody(b, op, arguments, vectorsOf(kernel.indices, at, width),
                   width, kernel.hasReduction());
      llvm::copy(results, accumulators.begin() + slot);
    }
  }
}

void KernelEmitter::finish(ArrayRef<Value> results, const Point &point,
                           int64_t width) {
  if (kernel.storeOutput)
    for (auto [result, output] : llvm::zip_equal(results, kernel.outputs))
      tile.store(result, output, point);
  if (!epilogue)
    return;
  SmallVector<Value> arguments;
  for (auto [i, input] : llvm::enumerate(kernel.epilogueInputs)) {
    if (input.base)
      arguments.push_back(tile.load(input, point, width));
    else
      arguments.push_back(epilogue.getBody()->getArgument(i).use_empty()
                              ? Value()
                              : results.front());
  }
  for (auto [o, output] : llvm::enumerate(kernel.epilogueOutputs))
    arguments.push_back(epilogue.getRegionOutputArgs()[o].use_empty()
                            ? Value()
                            : tile.load(output, point, width));
  SmallVector<Value> values =
      emitBody(b, epilogue, arguments,
               vectorsOf(kernel.epilogueIndices, point, width), width,
               /*contract=*/false);
  for (auto [o, output] : llvm::enumerate(kernel.epilogueOutputs))
    tile.store(values[o], output, point);
}

SmallVector<Value> KernelEmitter::reduce(SmallVector<Value> accumulators,
                                         ArrayRef<Point> points,
                                         ArrayRef<unsigned> loops) {
  if (!loops.empty())
    return loopOver(0, kernel.extents[loops.front()], 1, loops.front(),
                    accumulators, [&](ArrayRef<Value> current) {
                      return reduce(SmallVector<Value>(current), points,
                                    loops.drop_front());
                    });
  if (!isHorizontal) {
    step(accumulators, points, laneWidths.size(), laneWidths, 0);
    return accumulators;
  }
  // Whole chunks of lanes use the first slots of each point; the tail's shorter
  // vector has a slot of its own.
  unsigned slots = accumulators.size() / points.size();
  for (const Piece &piece : piecesOf(tiling.laneLoop))
    accumulators =
        loopOver(piece.offset, piece.tiles, piece.size, tiling.laneLoop,
                 accumulators, [&](ArrayRef<Value> current) {
                   SmallVector<Value> next(current);
                   ArrayRef<int64_t> widths = piece.widths;
                   bool hasTail = widths.back() != tiling.lanes;
                   ArrayRef<int64_t> whole = widths.drop_back(hasTail ? 1 : 0);
                   step(next, points, slots, whole, 0);
                   if (hasTail) {
                     SmallVector<Point> shifted(points);
                     for (Point &point : shifted)
                       point[tiling.laneLoop] += whole.size() * tiling.lanes;
                     step(next, shifted, slots, widths.back(), slots - 1);
                   }
                   return next;
                 });
  return accumulators;
}

static SmallVector<unsigned> reductionLoops(const LoopKernel &kernel,
                                            std::optional<unsigned> except) {
  SmallVector<unsigned> loops;
  for (auto [loop, isReduction] : llvm::enumerate(kernel.reduction))
    if (isReduction && loop != except)
      loops.push_back(loop);
  return loops;
}

void KernelEmitter::forEachVector(
    ArrayRef<Point> points, function_ref<void(const Point &, int64_t)> visit) {
  for (const Point &point : points) {
    int64_t offset = 0;
    for (int64_t width : laneWidths) {
      Point at(point);
      at[tiling.laneLoop] += offset;
      offset += width;
      visit(at, width);
    }
  }
}

void KernelEmitter::emitVerticalTile(ArrayRef<Point> points) {
  tile.startCode();
  unsigned numOutputs = kernel.outputs.size();
  SmallVector<Value> accumulators;
  forEachVector(points, [&](const Point &at, int64_t width) {
    for (unsigned o = 0; o < numOutputs; ++o) {
      bool isRead =
          kernel.hasReduction() || !op.getRegionOutputArgs()[o].use_empty();
      accumulators.push_back(isRead ? initialValue(o, at, width) : Value());
    }
  });
  accumulators =
      reduce(accumulators, points, reductionLoops(kernel, std::nullopt));
  tile.startCode();
  const Value *next = accumulators.begin();
  forEachVector(points, [&](const Point &at, int64_t width) {
    finish(ArrayRef(next, numOutputs), at, width);
    next += numOutputs;
  });
}

static vector::CombiningKind combiningKind(Operation *combiner) {
  return llvm::TypeSwitch<Operation *, vector::CombiningKind>(combiner)
      .Case<arith::MaximumFOp>(
          [](auto) { return vector::CombiningKind::MAXIMUMF; })
      .Case<arith::MinimumFOp>(
          [](auto) { return vector::CombiningKind::MINIMUMF; })
      .Case<arith::MaxNumFOp>(
          [](auto) { return vector::CombiningKind::MAXNUMF; })
      .Case<arith::MinNumFOp>(
          [](auto) { return vector::CombiningKind::MINNUMF; })
      .Case<arith::MaxSIOp>([](auto) { return vector::CombiningKind::MAXSI; })
      .Case<arith::MinSIOp>([](auto) { return vector::CombiningKind::MINSI; })
      .Case<arith::MaxUIOp>([](auto) { return vector::CombiningKind::MAXUI; })
      .Case<arith::MinUIOp>([](auto) { return vector::CombiningKind::MINUI; })
      .Default([](auto) { return vector::CombiningKind::ADD; });
}

void KernelEmitter::emitHorizontalTile(ArrayRef<Point> points) {
  tile.startCode();
  Operation *combiner = getCombiner(op);
  Type type = combiner->getResult(0).getType();
  TypedAttr neutral = *arith::getNeutralElement(combiner);
  int64_t extent = kernel.extents[tiling.laneLoop];
  SmallVector<int64_t> slotWidths(
      std::min<int64_t>(tiling.vectors, extent / tiling.lanes), tiling.lanes);
  if (int64_t tail = extent % tiling.lanes)
    slotWidths.push_back(tail);
  SmallVector<Value> accumulators;
  for (unsigned p = 0; p < points.size(); ++p)
    for (int64_t width : slotWidths)
      accumulators.push_back(arith::ConstantOp::create(
          b, loc,
          DenseElementsAttr::get(VectorType::get({width}, type), neutral)));
  accumulators =
      reduce(accumulators, points, reductionLoops(kernel, tiling.laneLoop));
  tile.startCode();
  auto combine = [&](Value lhs, Value rhs) -> Value {
    OperationState state(loc, combiner->getName());
    state.addOperands({lhs, rhs});
    state.addTypes(lhs.getType());
    return b.create(state)->getResult(0);
  };
  for (auto [p, point] : llvm::enumerate(points)) {
    Value whole;
    SmallVector<Value> parts;
    for (auto [s, width] : llvm::enumerate(slotWidths)) {
      Value part = accumulators[p * slotWidths.size() + s];
      if (width != tiling.lanes)
        parts.push_back(part);
      else
        whole = whole ? combine(whole, part) : part;
    }
    if (whole)
      parts.push_back(whole);
    Value result = initialValue(0, point, 1);
    for (Value part : parts) {
      // The order of the sum is free, so add in a tree.
      Value sum = vector::ReductionOp::create(
          b, loc, combiningKind(combiner), part, arith::FastMathFlags::reassoc);
      result = combine(result, tile.splat(sum, 1));
    }
    finish(result, point, 1);
  }
}

void KernelEmitter::emitTile() {
  SmallVector<Point> points = pointsOfTile();
  if (isHorizontal)
    emitHorizontalTile(points);
  else
    emitVerticalTile(points);
}

void coppice::kernels::emitKernel(OpBuilder &builder, const LoopKernel &kernel,
                                  const Tiling &tiling) {
  KernelEmitter(builder, kernel, tiling).emit();
}

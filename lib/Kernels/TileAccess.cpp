//===- TileAccess.cpp - Loads and stores of a tile --------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Kernels/TileAccess.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace coppice::kernels;

TileAccess::TileAccess(OpBuilder &b, const LoopKernel &kernel,
                       const Tiling &tiling)
    : b(b), loc(kernel.loc), kernel(kernel), tiling(tiling),
      position(kernel.extents.size(), b.getIndexAttr(0)),
      sizes(kernel.extents.size(), 1) {}

Value TileAccess::valueOf(const LinearIndex &index, const Point &point) {
  AffineExpr expr = b.getAffineConstantExpr(index.constant);
  SmallVector<OpFoldResult> operands;
  for (auto [loop, c] : llvm::enumerate(index.coefficients)) {
    if (c == 0)
      continue;
    expr = expr + (b.getAffineDimExpr(operands.size()) + point[loop]) * c;
    operands.push_back(position[loop]);
  }
  AffineMap map = AffineMap::get(operands.size(), 0, expr);
  return getValueOrCreateConstantIndexOp(
      b, loc, affine::makeComposedFoldedAffineApply(b, loc, map, operands));
}

SmallVector<Value> TileAccess::indicesOf(const Access &access,
                                         const Point &point) {
  SmallVector<Value> indices;
  for (const LinearIndex &index : access.indices)
    indices.push_back(valueOf(index, point));
  return indices;
}

Value TileAccess::indexVector(const LinearIndex &index, const Point &point,
                              int64_t width) {
  Value first = splat(valueOf(index, point), width);
  int64_t step = index.coefficients[tiling.laneLoop];
  if (step == 0 || width == 1)
    return first;
  SmallVector<Attribute> steps;
  for (int64_t lane = 0; lane < width; ++lane)
    steps.push_back(b.getIndexAttr(lane * step));
  auto type = cast<VectorType>(first.getType());
  Value offsets = arith::ConstantOp::create(
      b, loc, type, DenseElementsAttr::get(type, steps));
  return arith::AddIOp::create(b, loc, first, offsets);
}

Value TileAccess::splat(Value scalar, int64_t width) {
  return vector::BroadcastOp::create(
      b, loc, VectorType::get({width}, scalar.getType()), scalar);
}

Value TileAccess::load(const Access &access, const Point &point,
                       int64_t width) {
  if (access.isScalar())
    return splat(access.base, width);
  Point key(point);
  for (unsigned loop = 0; loop < key.size(); ++loop)
    if (!access.uses(loop))
      key[loop] = 0;
  auto &known = loaded[{&access, width}];
  for (auto &[place, value] : known)
    if (place == key)
      return value;
  auto loadScalar = [&](const Point &at) -> Value {
    return memref::LoadOp::create(b, loc, access.base, indicesOf(access, at));
  };
  auto type = VectorType::get({width}, access.getElementType());
  Value result;
  if (width == 1 || !access.uses(tiling.laneLoop)) {
    result = splat(loadScalar(key), width);
  } else if (access.isContiguous(tiling.laneLoop)) {
    result = vector::LoadOp::create(b, loc, type, access.base,
                                    indicesOf(access, key));
  } else if (std::optional<unsigned> rowLoop = findRows(access, width)) {
    loadTransposed(access, key, width, *rowLoop);
    return load(access, point, width);
  } else {
    SmallVector<Value> elements;
    for (int64_t lane = 0; lane < width; ++lane) {
      Point at(key);
      at[tiling.laneLoop] += lane;
      elements.push_back(loadScalar(at));
    }
    result = vector::FromElementsOp::create(b, loc, type, elements);
  }
  loaded[{&access, width}].push_back({std::move(key), result});
  return result;
}

std::optional<unsigned> TileAccess::findRows(const Access &access,
                                             int64_t width) {
  std::optional<unsigned> loop = findRowLoop(kernel, access, tiling.laneLoop);
  if (!loop || !llvm::isPowerOf2_64(width) || sizes[*loop] % width != 0)
    return std::nullopt;
  return loop;
}

/// Loads the square block of `point`: one row per lane. Then, for halves,
/// quarters and so on, rows i and i + h exchange the blocks off the diagonal.
void TileAccess::loadTransposed(const Access &access, Point point,
                                int64_t width, unsigned rowLoop) {
  point[rowLoop] -= point[rowLoop] % width;
  auto type = VectorType::get({width}, access.getElementType());
  SmallVector<Value> rows;
  for (int64_t lane = 0; lane < width; ++lane) {
    Point at(point);
    at[tiling.laneLoop] += lane;
    rows.push_back(vector::LoadOp::create(b, loc, type, access.base,
                                          indicesOf(access, at)));
  }
  for (int64_t half = width / 2; half > 0; half /= 2) {
    SmallVector<int64_t> low, high;
    for (int64_t lane = 0; lane < width; ++lane) {
      bool isSecond = lane & half;
      low.push_back(isSecond ? lane - half + width : lane);
      high.push_back(isSecond ? lane + width : lane + half);
    }
    for (int64_t i = 0; i < width; ++i) {
      if (i & half)
        continue;
      Value first = rows[i], second = rows[i + half];
      rows[i] = vector::ShuffleOp::create(b, loc, first, second, low);
      rows[i + half] = vector::ShuffleOp::create(b, loc, first, second, high);
    }
  }
  auto &known = loaded[{&access, width}];
  for (auto [i, row] : llvm::enumerate(rows)) {
    Point at(point);
    at[rowLoop] += i;
    known.push_back({std::move(at), row});
  }
}

void TileAccess::store(Value vector, const Access &access, const Point &point) {
  int64_t width = cast<VectorType>(vector.getType()).getDimSize(0);
  if (width > 1 && access.isContiguous(tiling.laneLoop)) {
    vector::StoreOp::create(b, loc, vector, access.base,
                            indicesOf(access, point));
    return;
  }
  for (int64_t lane = 0; lane < width; ++lane) {
    Point at(point);
    at[tiling.laneLoop] += lane;
    Value element = vector::ExtractOp::create(b, loc, vector, lane);
    memref::StoreOp::create(b, loc, element, access.base,
                            indicesOf(access, at));
  }
}

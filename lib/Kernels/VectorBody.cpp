//===- VectorBody.cpp - A scalar body on vectors ----------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Kernels/KernelEmitter.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;

/// Returns the multiplies that fuse into an add, by the add.
static llvm::DenseMap<Operation *, arith::MulFOp>
findContractions(Block *body) {
  llvm::DenseMap<Operation *, arith::MulFOp> contractions;
  for (auto add : body->getOps<arith::AddFOp>()) {
    if (!add.getType().isF32() && !add.getType().isF64())
      continue;
    for (Value operand : {add.getRhs(), add.getLhs()}) {
      auto mul = operand.getDefiningOp<arith::MulFOp>();
      if (mul && mul->getBlock() == body && mul->hasOneUse()) {
        contractions[add] = mul;
        break;
      }
    }
  }
  return contractions;
}

/// Loads an element for each lane, at the indices of the lane.
static Value loadLanes(OpBuilder &b, memref::LoadOp load,
                       ArrayRef<Value> indices, int64_t width) {
  Location loc = load.getLoc();
  SmallVector<Value> elements;
  for (int64_t lane = 0; lane < width; ++lane) {
    SmallVector<Value> at;
    for (Value index : indices)
      at.push_back(vector::ExtractOp::create(b, loc, index, lane));
    elements.push_back(
        memref::LoadOp::create(b, loc, load.getMemRef(), at).getResult());
  }
  return vector::FromElementsOp::create(
      b, loc, VectorType::get({width}, load.getType()), elements);
}

SmallVector<Value> coppice::kernels::emitBody(OpBuilder &b,
                                              linalg::GenericOp op,
                                              ArrayRef<Value> arguments,
                                              ArrayRef<IndexVector> indices,
                                              int64_t width, bool contract) {
  Block *body = op.getBody();
  Location loc = op.getLoc();
  IRMapping mapping;
  for (auto [formal, actual] : llvm::zip_equal(body->getArguments(), arguments))
    if (actual)
      mapping.map(formal, actual);
  auto lookup = [&](Value value) -> Value {
    if (Value known = mapping.lookupOrNull(value))
      return known;
    // A value from outside, or a constant, is the same for all lanes.
    Value splat = vector::BroadcastOp::create(
        b, loc, VectorType::get({width}, value.getType()), value);
    mapping.map(value, splat);
    return splat;
  };
  llvm::DenseMap<Operation *, arith::MulFOp> contractions;
  llvm::DenseSet<Operation *> taken;
  if (contract)
    contractions = findContractions(body);
  for (auto [add, mul] : contractions)
    taken.insert(mul);
  for (auto [index, vector] : indices) {
    taken.insert(index.getDefiningOp());
    if (vector)
      mapping.map(index, vector);
  }
  for (Operation &inner : body->without_terminator()) {
    if (taken.contains(&inner))
      continue;
    if (auto constant = dyn_cast<arith::ConstantOp>(inner)) {
      auto type = VectorType::get({width}, constant.getType());
      mapping.map(
          constant.getResult(),
          arith::ConstantOp::create(
              b, loc, DenseElementsAttr::get(type, constant.getValue())));
      continue;
    }
    if (arith::MulFOp mul = contractions.lookup(&inner)) {
      auto add = cast<arith::AddFOp>(inner);
      Value other =
          add.getLhs() == mul.getResult() ? add.getRhs() : add.getLhs();
      mapping.map(add.getResult(),
                  vector::FMAOp::create(b, loc, lookup(mul.getLhs()),
                                        lookup(mul.getRhs()), lookup(other)));
      continue;
    }
    if (auto load = dyn_cast<memref::LoadOp>(inner)) {
      SmallVector<Value> at = llvm::map_to_vector(load.getIndices(), lookup);
      mapping.map(load.getResult(), loadLanes(b, load, at, width));
      continue;
    }
    for (Value operand : inner.getOperands())
      lookup(operand);
    Operation *clone = b.clone(inner, mapping);
    for (OpResult result : clone->getResults())
      result.setType(VectorType::get({width}, result.getType()));
  }
  SmallVector<Value> yielded;
  for (Value value : body->getTerminator()->getOperands())
    yielded.push_back(lookup(value));
  return yielded;
}

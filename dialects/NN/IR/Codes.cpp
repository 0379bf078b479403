//===- Codes.cpp - Ops whose form follows attributes ------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/NN/IR/NN.h"

using namespace mlir;
using namespace coppice::nn;
using coppice::lowp::FixedPointFunction;
using coppice::lowp::IntegerForm;

IntegerForm ReduceOp::getIntegerForm() {
  switch (getKind()) {
  case ReductionKind::sum:
  case ReductionKind::mean:
    return IntegerForm::sum;
  case ReductionKind::max:
  case ReductionKind::min:
    return IntegerForm::move;
  case ReductionKind::prod:
    break;
  }
  return IntegerForm::none;
}

coppice::lowp::ResultRange ReduceOp::getResultRange() {
  ReductionKind kind = getKind();
  return kind == ReductionKind::sum || kind == ReductionKind::prod
             ? coppice::lowp::ResultRange::open
             : coppice::lowp::ResultRange::operands;
}

std::optional<FixedPointFunction> ReduceOp::getFixedPointFunction() {
  return std::nullopt;
}

IntegerForm ResizeOp::getIntegerForm() {
  return getMode() == ResizeMode::nearest ? IntegerForm::move
                                          : IntegerForm::interpolation;
}

coppice::lowp::ResultRange ResizeOp::getResultRange() {
  return coppice::lowp::ResultRange::operands;
}

std::optional<FixedPointFunction> ResizeOp::getFixedPointFunction() {
  return std::nullopt;
}

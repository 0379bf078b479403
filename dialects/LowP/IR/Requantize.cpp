//===- Requantize.cpp - Arithmetic that rescales sums to codes --*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/LowP/IR/Requantize.h"

#include "dialects/LowP/IR/LowP.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/StringSwitch.h"

using namespace mlir;
using namespace coppice::lowp;

std::optional<Requantize> coppice::lowp::symbolizeRequantize(StringRef name) {
  return llvm::StringSwitch<std::optional<Requantize>>(name)
      .Case("exact", Requantize::Exact)
      .Case("tflite", Requantize::TFLite)
      .Default(std::nullopt);
}

Requantize coppice::lowp::getRequantize(Operation *op) {
  auto module = dyn_cast<ModuleOp>(op);
  if (!module)
    module = op->getParentOfType<ModuleOp>();
  auto mode = module ? module->getAttrOfType<StringAttr>(kRequantizeAttr)
                     : StringAttr();
  return mode ? symbolizeRequantize(mode.getValue()).value_or(Requantize::Exact)
              : Requantize::Exact;
}

bool coppice::lowp::isBiasScale(double own, double products) {
  double smallest = std::numeric_limits<float>::min();
  return std::abs(own - products) <= std::max(0x1p-16 * products, smallest);
}

int64_t coppice::lowp::getLargestMagnitude(quant::QuantizedType type) {
  int64_t result = 0;
  for (int64_t zero : getScales(type).zeroPoints)
    result = std::max({result, type.getStorageTypeMax() - zero,
                       zero - type.getStorageTypeMin()});
  return result;
}

int64_t coppice::lowp::getLargestFactor(quant::QuantizedType type,
                                        int64_t products) {
  double one = double(getLargestMagnitude(type)) * double(products);
  constexpr double limit = std::numeric_limits<int32_t>::max();
  return static_cast<int64_t>(limit / std::max(one, 1.0));
}

bool coppice::lowp::fitsAccumulator(quant::QuantizedType lhs,
                                    quant::QuantizedType rhs,
                                    int64_t products) {
  return getLargestMagnitude(rhs) <= getLargestFactor(lhs, products);
}

//===- Profile.cpp - Counts the cycles of each kernel -----------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/Coppice/IR/Names.h"
#include "dialects/Plan/Analysis/Lifetimes.h"
#include "dialects/Plan/IR/Plan.h"
#include "lib/Report/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/MapVector.h"

namespace coppice {
#define GEN_PASS_DEF_REPORTPROFILE
#include "lib/Report/Passes.h.inc"
} // namespace coppice

using namespace mlir;
using namespace coppice;

namespace {
/// The counters of one function: a global array with one element for each name.
class Counters {
public:
  explicit Counters(func::FuncOp function) : function(function) {}

  void instrument();

private:
  Value readCycles(OpBuilder &builder) {
    return LLVM::CallIntrinsicOp::create(
               builder, function.getLoc(), builder.getI64Type(),
               builder.getStringAttr("llvm.readcyclecounter"), ValueRange{})
        .getResult(0);
  }
  /// Adds the cycles since `since` to the counter of `name`; returns the time.
  Value stop(OpBuilder &builder, StringRef name, Value since);
  void createGlobal();

  func::FuncOp function;
  Value array;
  llvm::MapVector<StringRef, int64_t> indices;
};
} // namespace

Value Counters::stop(OpBuilder &builder, StringRef name, Value since) {
  Location loc = function.getLoc();
  int64_t next = indices.size();
  int64_t index = indices.try_emplace(name, next).first->second;
  Value now = readCycles(builder);
  Value position = arith::ConstantIndexOp::create(builder, loc, index);
  Value sum = memref::LoadOp::create(builder, loc, array, position);
  Value cycles = arith::SubIOp::create(builder, loc, now, since);
  memref::StoreOp::create(builder, loc,
                          arith::AddIOp::create(builder, loc, sum, cycles),
                          array, position);
  return now;
}

/// Creates the array, with one element for each counter, and sets the type of
/// `array`.
void Counters::createGlobal() {
  OpBuilder builder(function);
  Location loc = function.getLoc();
  auto type = MemRefType::get({int64_t(indices.size())}, builder.getI64Type());
  auto tensor = RankedTensorType::get(type.getShape(), builder.getI64Type());
  std::string symbol = (function.getName() + plan::kProfileSuffix).str();
  memref::GlobalOp::create(builder, loc, symbol,
                           /*sym_visibility=*/StringAttr(), type,
                           builder.getZeroAttr(tensor),
                           /*constant=*/false, /*alignment=*/IntegerAttr());
  auto read = array.getDefiningOp<memref::GetGlobalOp>();
  read.getResult().setType(type);
  SmallVector<StringRef> names;
  for (auto &entry : indices)
    names.push_back(entry.first);
  function->setAttr(plan::kProfileAttr, builder.getStrArrayAttr(names));
}

void Counters::instrument() {
  plan::Lifetimes lifetimes(function);
  // Consecutive steps with one name are one kernel.
  std::vector<std::pair<std::string, Operation *>> kernels; // and its last step
  for (int64_t i = 0; i < lifetimes.getNumSteps(); ++i) {
    Operation *step = lifetimes.getStep(i);
    std::string name = plan::getName(step->getLoc());
    if (name.empty())
      name = "(no name)";
    if (kernels.empty() || kernels.back().first != name)
      kernels.emplace_back(std::move(name), nullptr);
    kernels.back().second = step;
  }
  if (kernels.empty())
    return;
  OpBuilder builder(function.getBody());
  auto unsized = MemRefType::get({ShapedType::kDynamic}, builder.getI64Type());
  array = memref::GetGlobalOp::create(
      builder, function.getLoc(), unsized,
      (function.getName() + plan::kProfileSuffix).str());
  builder.setInsertionPoint(lifetimes.getStep(0));
  Value time = readCycles(builder);
  for (auto &[name, last] : kernels) {
    builder.setInsertionPointAfter(last);
    time = stop(builder, name, time);
  }
  createGlobal();
}

namespace {
struct ReportProfile : coppice::impl::ReportProfileBase<ReportProfile> {
  using ReportProfileBase::ReportProfileBase;

  void runOnOperation() override {
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (function->hasAttr(plan::kArenaBytesAttr) &&
          !function.isDeclaration() && function.getBody().hasOneBlock())
        Counters(function).instrument();
  }
};
} // namespace

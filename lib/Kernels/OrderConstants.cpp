//===- OrderConstants.cpp - Orders and names constants ----------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Kernels/Passes.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/SymbolTable.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;

namespace coppice {
#define GEN_PASS_DEF_KERNELSORDERCONSTANTS
#include "lib/Kernels/Passes.h.inc"

namespace {
struct OrderConstants : impl::KernelsOrderConstantsBase<OrderConstants> {
  using KernelsOrderConstantsBase::KernelsOrderConstantsBase;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    llvm::DenseMap<StringRef, memref::GlobalOp> constants;
    for (auto global : module.getOps<memref::GlobalOp>())
      if (global.isPrivate() && global.getConstant())
        constants[global.getSymName()] = global;
    if (constants.empty())
      return;

    llvm::StringSet<> taken;
    for (auto symbol : module.getOps<SymbolOpInterface>())
      if (!constants.contains(symbol.getName()))
        taken.insert(symbol.getName());
    // Rename the constants after all uses have been found.
    llvm::MapVector<memref::GlobalOp, SmallVector<memref::GetGlobalOp>> uses;
    module.walk([&](memref::GetGlobalOp get) {
      if (memref::GlobalOp global = constants.lookup(get.getName()))
        uses[global].push_back(get);
    });
    Block *body = module.getBody();
    Block::iterator place = body->begin();
    unsigned number = 0;
    for (auto &[global, readers] : uses) {
      std::string name;
      do
        name = "constant_" + std::to_string(number++);
      while (taken.contains(name));
      if (place != body->end() && &*place == global.getOperation())
        ++place;
      else
        global->moveBefore(body, place);
      global.setSymName(name);
      for (memref::GetGlobalOp get : readers)
        get.setName(name);
    }
  }
};
} // namespace
} // namespace coppice

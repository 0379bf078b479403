//===- Lifetimes.cpp - When buffers hold data -------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/Plan/Analysis/Lifetimes.h"

#include "dialects/Plan/IR/Plan.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/StringSwitch.h"

using namespace mlir;
using namespace coppice::plan;

/// Whether an op of the entry block takes a step.
static bool isStep(Operation &op) {
  return !isa<memref::AllocOp, memref::DeallocOp>(op) &&
         !op.hasTrait<OpTrait::IsTerminator>() && !isMemoryEffectFree(&op);
}

Lifetimes::Lifetimes(func::FuncOp function)
    : entry(&function.getBody().front()), views(function) {
  for (Operation &op : *entry) {
    if (!isStep(op))
      continue;
    numbers[&op] = steps.size();
    steps.push_back(&op);
  }
}

FailureOr<std::optional<Lifetime>> Lifetimes::get(Value root) const {
  std::optional<Lifetime> lifetime;
  for (Value alias : views.resolve(root)) {
    for (Operation *user : alias.getUsers()) {
      Operation *ancestor = entry->findAncestorOpInBlock(*user);
      bool leaves = ancestor && ancestor->hasTrait<OpTrait::IsTerminator>();
      if (leaves || isa<memref::ExtractAlignedPointerAsIndexOp>(user)) {
        InFlightDiagnostic diag = user->emitOpError(
            leaves ? "returns a buffer that has to be in the arena"
                   : "takes the address of a buffer that has to be planned");
        diag.attachNote(root.getLoc()) << "the buffer is made here";
        return diag;
      }
      auto step = numbers.find(ancestor);
      if (step == numbers.end())
        continue;
      if (!lifetime)
        lifetime = Lifetime{step->second, step->second};
      lifetime->first = std::min(lifetime->first, step->second);
      lifetime->last = std::max(lifetime->last, step->second);
    }
  }
  return lifetime;
}

/// The role that a wrapper's name stands for.
static std::optional<Role> parseRole(StringRef name) {
  return llvm::StringSwitch<std::optional<Role>>(name)
      .Case("loss", Role::Loss)
      .Case("gradient", Role::Gradient)
      .Case("update", Role::Update)
      .Default(std::nullopt);
}

Role coppice::plan::getRole(Location loc) {
  if (auto named = dyn_cast<NameLoc>(loc))
    return parseRole(named.getName().getValue()).value_or(Role::Forward);
  if (auto fused = dyn_cast<FusedLoc>(loc);
      fused && !fused.getLocations().empty())
    return getRole(fused.getLocations().front());
  if (auto call = dyn_cast<CallSiteLoc>(loc))
    return getRole(call.getCallee());
  return Role::Forward;
}

std::string coppice::plan::getName(Location loc) {
  if (auto named = dyn_cast<NameLoc>(loc)) {
    std::string name = named.getName().str();
    if (!parseRole(name))
      return name;
    std::string of = getName(named.getChildLoc());
    return of.empty() ? name : of + "." + name;
  }
  if (auto fused = dyn_cast<FusedLoc>(loc)) {
    for (Location part : fused.getLocations())
      if (std::string name = getName(part); !name.empty())
        return name;
    return "";
  }
  if (auto call = dyn_cast<CallSiteLoc>(loc))
    return getName(call.getCallee());
  return "";
}

std::string BufferNames::get(Value buffer) {
  std::string name = getName(buffer.getLoc());
  // An allocation without a name is known by what fills it.
  for (OpOperand &use : buffer.getUses()) {
    if (!name.empty())
      break;
    auto writer = dyn_cast<DestinationStyleOpInterface>(use.getOwner());
    if (writer && writer.isDpsInit(&use))
      name = getName(writer.getLoc());
  }
  return getUnique(name.empty() ? StringRef("buffer") : StringRef(name));
}

std::string BufferNames::getUnique(StringRef base) {
  std::string unique = base.str();
  for (unsigned i = 1; !taken.insert(unique).second; ++i)
    unique = (base + "#" + Twine(i)).str();
  return unique;
}

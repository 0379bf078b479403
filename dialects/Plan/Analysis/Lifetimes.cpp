//===- Lifetimes.cpp - Lifetimes of buffers ---------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/Plan/Analysis/Lifetimes.h"

#include "dialects/Plan/IR/Plan.h"
#include "dialects/Train/IR/Train.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

using namespace mlir;
using namespace coppice;
using namespace coppice::plan;

/// Whether an op of the entry block counts as a step.
static bool isStep(Operation &op) {
  return !isa<memref::AllocOp, memref::DeallocOp>(op) &&
         !op.hasTrait<OpTrait::IsTerminator>() && !isMemoryEffectFree(&op);
}

Lifetimes::Lifetimes(Operation *owner)
    : entry(&owner->getRegion(0).front()), views(owner) {
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

static Role roleOf(train::StepPart part) {
  switch (part) {
  case train::StepPart::loss:
    return Role::Loss;
  case train::StepPart::gradient:
    return Role::Gradient;
  case train::StepPart::update:
    return Role::Update;
  }
  return Role::Forward;
}

Role coppice::plan::getRole(Location loc) {
  if (auto fused = dyn_cast<FusedLoc>(loc)) {
    if (std::optional<train::StepPart> part = train::getPart(fused))
      return roleOf(*part);
    if (!fused.getLocations().empty())
      return getRole(fused.getLocations().front());
  }
  if (auto named = dyn_cast<NameLoc>(loc))
    return getRole(named.getChildLoc());
  if (auto call = dyn_cast<CallSiteLoc>(loc))
    return getRole(call.getCallee());
  return Role::Forward;
}

std::string coppice::plan::getName(Location loc) {
  if (auto named = dyn_cast<NameLoc>(loc))
    return named.getName().str();
  if (auto fused = dyn_cast<FusedLoc>(loc)) {
    std::string name;
    for (Location part : fused.getLocations())
      if (name.empty())
        name = getName(part);
    if (std::optional<train::StepPart> part = train::getPart(fused)) {
      // The names of locations made by `inPart` contain the part already.
      StringRef word = stringifyStepPart(*part);
      if (name.empty() || name == word)
        return word.str();
      return StringRef(name).ends_with(("." + word).str())
                 ? name
                 : name + "." + word.str();
    }
    return name;
  }
  if (auto call = dyn_cast<CallSiteLoc>(loc))
    return getName(call.getCallee());
  return "";
}

std::string BufferNames::get(Value buffer) {
  std::string name = getName(buffer.getLoc());
  // An allocation without a name gets the name of an op that writes it.
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
  // Earlier calls with the same base took the smaller numbers.
  unsigned &number = numbers[base];
  while (!taken.insert(unique).second)
    unique = (base + "#" + Twine(++number)).str();
  return unique;
}

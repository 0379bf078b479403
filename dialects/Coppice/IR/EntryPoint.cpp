//===- EntryPoint.cpp - Functions that are called from outside --*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/Coppice/IR/EntryPoint.h"

#include "dialects/Coppice/IR/Names.h"

using namespace mlir;
using namespace coppice;

bool coppice::isGivenByCaller(EntryRole role) {
  return role == EntryRole::input || role == EntryRole::label ||
         role == EntryRole::hyper;
}

bool coppice::isGivenToCaller(EntryRole role) {
  return role == EntryRole::output || role == EntryRole::loss ||
         role == EntryRole::gradient;
}

RoleAttr EntryValue::getRoleAttr() const {
  MLIRContext *context = loc.getContext();
  return RoleAttr::get(context, role,
                       name.empty() ? StringAttr()
                                    : StringAttr::get(context, name),
                       parameter, written);
}

//===----------------------------------------------------------------------===//
// Entry points of a module
//===----------------------------------------------------------------------===//

SmallVector<EntryPoint> coppice::getEntryPoints(ModuleOp module) {
  SmallVector<EntryPoint> entries;
  for (auto function : module.getOps<FunctionOpInterface>())
    if (EntryPoint entry(function); entry.isMarked() && !function.isExternal())
      entries.push_back(entry);
  return entries;
}

std::optional<EntryPoint> coppice::findEntryPoint(ModuleOp module,
                                                  EntryKind kind) {
  for (EntryPoint entry : getEntryPoints(module))
    if (entry.getKind() == kind)
      return entry;
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// One of them
//===----------------------------------------------------------------------===//

StringRef EntryPoint::getName() const {
  return SymbolTable::getSymbolName(function).getValue();
}

EntryKind EntryPoint::getKind() const {
  EntryKind kind = EntryKind::Inference;
  for (const EntryValue &value : getOutputs()) {
    if (value.role == EntryRole::gradient)
      return EntryKind::Gradients;
    if (value.role == EntryRole::loss)
      kind = EntryKind::Step;
  }
  return kind;
}

bool EntryPoint::isMarked() const { return function->hasAttr(kEntryAttr); }

void EntryPoint::mark() {
  function->setAttr(kEntryAttr, UnitAttr::get(function->getContext()));
}

void EntryPoint::unmark() { function->removeAttr(kEntryAttr); }

/// Describes an argument or result by its `#coppice.role`. Without one, the
/// role is `missing` and the name its index.
static EntryValue makeValue(unsigned index, Type type, Location loc,
                            Attribute attribute, EntryRole missing) {
  auto role = dyn_cast_or_null<RoleAttr>(attribute);
  if (!role)
    return {index,
            type,
            loc,
            missing,
            (stringifyEntryRole(missing) + Twine(index)).str(),
            FlatSymbolRefAttr()};
  return {index,
          type,
          loc,
          role.getRole(),
          role.getName() ? role.getName().str() : "",
          role.getParameter(),
          role.getWritten()};
}

EntryValue EntryPoint::getArgument(unsigned index) const {
  Location loc = function.isExternal() ? function.getLoc()
                                       : function.getArgument(index).getLoc();
  return makeValue(index, function.getArgumentTypes()[index], loc,
                   function.getArgAttr(index, kRoleAttr), EntryRole::input);
}

EntryValue EntryPoint::getResult(unsigned index) const {
  return makeValue(index, function.getResultTypes()[index], function.getLoc(),
                   function.getResultAttr(index, kRoleAttr), EntryRole::output);
}

SmallVector<EntryValue> EntryPoint::getArguments() const {
  SmallVector<EntryValue> values;
  for (unsigned i = 0, e = function.getNumArguments(); i < e; ++i)
    values.push_back(getArgument(i));
  return values;
}

SmallVector<EntryValue> EntryPoint::getResults() const {
  SmallVector<EntryValue> values;
  for (unsigned i = 0, e = function.getNumResults(); i < e; ++i)
    values.push_back(getResult(i));
  return values;
}

template <typename Predicate>
static SmallVector<EntryValue> select(ArrayRef<EntryValue> values,
                                      Predicate predicate) {
  SmallVector<EntryValue> selected;
  llvm::copy_if(values, std::back_inserter(selected), predicate);
  return selected;
}

SmallVector<EntryValue> EntryPoint::getArguments(EntryRole role) const {
  return select(getArguments(),
                [&](const EntryValue &value) { return value.role == role; });
}

SmallVector<EntryValue> EntryPoint::getResults(EntryRole role) const {
  return select(getResults(),
                [&](const EntryValue &value) { return value.role == role; });
}

SmallVector<EntryValue> EntryPoint::getInputs() const {
  return select(getArguments(), [](const EntryValue &value) {
    return isGivenByCaller(value.role);
  });
}

SmallVector<EntryValue> EntryPoint::getOutputs() const {
  auto isOutput = [](const EntryValue &value) {
    return isGivenToCaller(value.role);
  };
  SmallVector<EntryValue> results = select(getResults(), isOutput);
  return results.empty() ? select(getArguments(), isOutput) : results;
}

std::optional<EntryValue> EntryPoint::findArgument(EntryRole role) const {
  SmallVector<EntryValue> values = getArguments(role);
  return values.empty() ? std::nullopt : std::optional(values.front());
}

bool EntryPoint::writesState() const {
  return llvm::any_of(getArguments(), [](const EntryValue &value) {
    return value.written && (value.role == EntryRole::parameter ||
                             value.role == EntryRole::state);
  });
}

void EntryPoint::setArgumentRole(unsigned index, RoleAttr role) {
  function.setArgAttr(index, kRoleAttr, role);
}

void EntryPoint::setResultRole(unsigned index, RoleAttr role) {
  function.setResultAttr(index, StringAttr::get(role.getContext(), kRoleAttr),
                         role);
}

//===- Interface.cpp - The C interface as a module attribute ----*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "coppice/CInterface.h"
#include "lib/Target/CInterface/Names.h"

#include "mlir/IR/Builders.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace coppice;

static constexpr StringLiteral kInterfaceAttr = "train.interface";

int64_t CArgument::getBytes() const {
  return type.getNumElements() *
         llvm::divideCeil(type.getElementTypeBitWidth(), 8);
}

bool CEntryPoint::isStep() const { return !get(CArgument::Role::Loss).empty(); }

std::vector<const CArgument *> CEntryPoint::get(CArgument::Role role) const {
  std::vector<const CArgument *> result;
  for (const CArgument &argument : arguments)
    if (argument.role == role)
      result.push_back(&argument);
  return result;
}

std::vector<CArgument::Role> CEntryPoint::getStructs() const {
  std::vector<CArgument::Role> roles = {CArgument::Role::Input};
  for (CArgument::Role role : {CArgument::Role::Label, CArgument::Role::Hyper})
    if (!get(role).empty())
      roles.push_back(role);
  if (!isStep())
    roles.push_back(CArgument::Role::Output);
  return roles;
}

bool CEntryPoint::isInArena(const CArgument &argument) const {
  return isStep() && argument.role == CArgument::Role::Output;
}

int64_t CEntryPoint::getArenaBytes() const {
  SmallVector<int64_t> outputs;
  for (const CArgument &argument : arguments)
    if (isInArena(argument))
      outputs.push_back(argument.getBytes());
  return planning::getArenaBytes(planBytes, outputs);
}

std::optional<int64_t> CEntryPoint::getClasses(const CArgument &label) const {
  std::vector<const CArgument *> outputs = get(CArgument::Role::Output);
  if (label.role != CArgument::Role::Label ||
      !isa<IntegerType>(label.type.getElementType()) ||
      label.type.getNumElements() == 0 || outputs.empty() || !isStep())
    return std::nullopt;
  return outputs.front()->type.getNumElements() / label.type.getNumElements();
}

std::string CInterface::getFunctionName(const CEntryPoint &entry) const {
  return prefix + "_" + makeCPrefix(entry.name);
}

/// Whether two entry points have the same structs.
static bool haveSameFields(const CEntryPoint &a, const CEntryPoint &b,
                           CArgument::Role role) {
  std::vector<const CArgument *> left = a.get(role), right = b.get(role);
  return llvm::equal(left, right, [](const CArgument *l, const CArgument *r) {
    return l->cName == r->cName && l->type == r->type;
  });
}

std::string CInterface::getStructName(const CEntryPoint &entry,
                                      CArgument::Role role) const {
  auto first = llvm::find_if(entryPoints, [&](const CEntryPoint &other) {
    return llvm::is_contained(other.getStructs(), role);
  });
  bool isShared =
      first != entryPoints.end() && haveSameFields(*first, entry, role);
  std::string result = isShared ? prefix : getFunctionName(entry);
  switch (role) {
  case CArgument::Role::Input:
    return result + "_inputs";
  case CArgument::Role::Label:
    return result + "_labels";
  case CArgument::Role::Hyper:
    return result + "_hyper";
  case CArgument::Role::Output:
  case CArgument::Role::Loss:
    break;
  }
  return result + "_outputs";
}

//===----------------------------------------------------------------------===//
// The attribute
//===----------------------------------------------------------------------===//

static StringRef stringify(CArgument::Role role) {
  switch (role) {
  case CArgument::Role::Input:
    return "input";
  case CArgument::Role::Label:
    return "label";
  case CArgument::Role::Hyper:
    return "hyper";
  case CArgument::Role::Loss:
    return "loss";
  case CArgument::Role::Output:
    break;
  }
  return "output";
}

static std::optional<CArgument::Role> symbolizeRole(StringRef name) {
  for (CArgument::Role role :
       {CArgument::Role::Input, CArgument::Role::Label, CArgument::Role::Hyper,
        CArgument::Role::Output, CArgument::Role::Loss})
    if (stringify(role) == name)
      return role;
  return std::nullopt;
}

void CInterface::set(ModuleOp module) const {
  Builder b(module.getContext());
  auto dictionary = [&](ArrayRef<std::pair<StringRef, Attribute>> entries) {
    SmallVector<NamedAttribute> attributes;
    for (auto [name, value] : entries)
      attributes.push_back(b.getNamedAttr(name, value));
    return b.getDictionaryAttr(attributes);
  };
  SmallVector<Attribute> entries, parameterAttrs;
  for (const CEntryPoint &entry : entryPoints) {
    SmallVector<Attribute> argumentAttrs;
    for (const CArgument &argument : entry.arguments) {
      SmallVector<std::pair<StringRef, Attribute>> fields = {
          {"name", b.getStringAttr(argument.name)},
          {"role", b.getStringAttr(stringify(argument.role))},
          {"type", TypeAttr::get(argument.type)}};
      if (argument.indexBounds)
        fields.push_back({"index_bounds", b.getDenseI64ArrayAttr(
                                              {argument.indexBounds->first,
                                               argument.indexBounds->second})});
      argumentAttrs.push_back(dictionary(fields));
    }
    entries.push_back(dictionary(
        {{"name", b.getStringAttr(entry.name)},
         {"arguments", b.getArrayAttr(argumentAttrs)},
         {"arena_bytes", b.getI64IntegerAttr(entry.planBytes)},
         {"lower_bound_bytes", b.getI64IntegerAttr(entry.lowerBoundBytes)},
         {"writes_state", b.getBoolAttr(entry.writesState)}}));
  }
  for (const CParameter &parameter : parameters)
    parameterAttrs.push_back(
        dictionary({{"name", b.getStringAttr(parameter.name)},
                    {"role", b.getStringAttr(parameter.role)},
                    {"type", TypeAttr::get(parameter.type)},
                    {"offset", b.getI64IntegerAttr(parameter.offset)}}));
  module->setAttr(
      kInterfaceAttr,
      dictionary({{"model", b.getStringAttr(model)},
                  {"prefix", b.getStringAttr(prefix)},
                  {"hash", b.getI64IntegerAttr(static_cast<int64_t>(hash))},
                  {"state_bytes", b.getI64IntegerAttr(stateBytes)},
                  {"parameters", b.getArrayAttr(parameterAttrs)},
                  {"entry_points", b.getArrayAttr(entries)}}));
}

namespace {
/// Reads fields of a dictionary, and remembers the first that is missing or
/// malformed.
struct FieldReader {
  std::string missing;

  template <typename AttrT> AttrT get(DictionaryAttr from, StringRef name) {
    auto value = from ? from.getAs<AttrT>(name) : AttrT();
    if (!value && missing.empty())
      missing = name.str();
    return value;
  }
  std::string getString(DictionaryAttr from, StringRef name) {
    auto value = get<StringAttr>(from, name);
    return value ? value.getValue().str() : "";
  }
  int64_t getInt(DictionaryAttr from, StringRef name) {
    auto value = get<IntegerAttr>(from, name);
    if (value && value.getType().isSignlessInteger(64))
      return value.getInt();
    if (missing.empty())
      missing = name.str();
    return 0;
  }
  template <typename TypeT> TypeT getType(DictionaryAttr from, StringRef name) {
    auto value = get<TypeAttr>(from, name);
    auto type = value ? dyn_cast<TypeT>(value.getValue()) : TypeT();
    if (!type && missing.empty())
      missing = name.str();
    return type;
  }
  SmallVector<DictionaryAttr> getList(DictionaryAttr from, StringRef name) {
    SmallVector<DictionaryAttr> result;
    if (auto list = get<ArrayAttr>(from, name))
      for (Attribute entry : list)
        result.push_back(dyn_cast<DictionaryAttr>(entry));
    return result;
  }
};
} // namespace

FailureOr<CInterface> CInterface::get(ModuleOp module) {
  auto attribute = module->getAttrOfType<DictionaryAttr>(kInterfaceAttr);
  if (!attribute)
    return module.emitError("has no description of its entry points; run "
                            "--target-describe-interface after the plan phase");
  FieldReader reader;
  CInterface result;
  result.model = reader.getString(attribute, "model");
  result.prefix = reader.getString(attribute, "prefix");
  result.hash = static_cast<uint64_t>(reader.getInt(attribute, "hash"));
  result.stateBytes = reader.getInt(attribute, "state_bytes");
  for (DictionaryAttr from : reader.getList(attribute, "parameters"))
    result.parameters.push_back({reader.getString(from, "name"),
                                 reader.getString(from, "role"),
                                 reader.getType<RankedTensorType>(from, "type"),
                                 reader.getInt(from, "offset")});
  for (DictionaryAttr from : reader.getList(attribute, "entry_points")) {
    CEntryPoint entry;
    entry.name = reader.getString(from, "name");
    entry.planBytes = reader.getInt(from, "arena_bytes");
    entry.lowerBoundBytes = reader.getInt(from, "lower_bound_bytes");
    if (auto writes = reader.get<BoolAttr>(from, "writes_state"))
      entry.writesState = writes.getValue();
    for (DictionaryAttr argument : reader.getList(from, "arguments")) {
      auto role = symbolizeRole(reader.getString(argument, "role"));
      if (!role && reader.missing.empty())
        reader.missing = "role";
      CArgument &field = entry.arguments.emplace_back();
      field.role = role.value_or(CArgument::Role::Input);
      field.name = reader.getString(argument, "name");
      field.type = reader.getType<MemRefType>(argument, "type");
      if (!argument || !argument.contains("index_bounds"))
        continue;
      auto bounds = reader.get<DenseI64ArrayAttr>(argument, "index_bounds");
      if (bounds && bounds.size() == 2)
        field.indexBounds = {bounds[0], bounds[1]};
      else if (reader.missing.empty())
        reader.missing = "index_bounds";
    }
    nameFields(entry.arguments, result.prefix);
    result.entryPoints.push_back(std::move(entry));
  }
  if (!reader.missing.empty())
    return module.emitError("attribute '")
           << kInterfaceAttr << "' lacks a well-formed field '"
           << reader.missing << "'";
  return result;
}

//===- OrderingJSON.cpp - Ordering problems and orders as JSON --*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "coppice/Planning/Ordering.h"

#include "llvm/ADT/StringMap.h"
#include "llvm/Support/FormatVariadic.h"

using namespace coppice::planning;
namespace json = llvm::json;

namespace coppice::planning {
// Found by argument-dependent lookup.
static bool fromJSON(const json::Value &value, Storage &storage,
                     json::Path path) {
  json::ObjectMapper map(value, path);
  return map && map.map("name", storage.name) &&
         map.map("size", storage.size) &&
         map.mapOptional("given", storage.given) &&
         map.mapOptional("kept", storage.kept);
}

/// An op with names in place of the problem's indices.
struct NamedOp {
  std::string name;
  std::vector<std::string> uses, defines, after;
  std::vector<std::vector<std::string>> overwrites;
  int64_t scratch = 0;
};

static bool fromJSON(const json::Value &value, NamedOp &op, json::Path path) {
  json::ObjectMapper map(value, path);
  return map && map.map("name", op.name) && map.mapOptional("uses", op.uses) &&
         map.mapOptional("defines", op.defines) &&
         map.mapOptional("after", op.after) &&
         map.mapOptional("overwrites", op.overwrites) &&
         map.mapOptional("scratch", op.scratch);
}
} // namespace coppice::planning

namespace {
/// Maps names to indices, and remembers the first name that is missing or
/// duplicate.
class Names {
public:
  void add(llvm::StringRef name) {
    if (!indices.try_emplace(name, indices.size()).second && wrong.empty())
      wrong = llvm::formatv("the name '{0}' is used twice", name).str();
  }
  uint32_t get(const std::string &name) {
    auto entry = indices.find(name);
    if (entry != indices.end())
      return entry->second;
    if (wrong.empty())
      wrong = llvm::formatv("nothing is named '{0}'", name).str();
    return 0;
  }
  std::vector<uint32_t> get(const std::vector<std::string> &names) {
    std::vector<uint32_t> list;
    for (const std::string &name : names)
      list.push_back(get(name));
    return list;
  }
  std::string wrong;

private:
  llvm::StringMap<uint32_t> indices;
};
} // namespace

llvm::Expected<OrderingProblem>
coppice::planning::parseOrderingProblem(const json::Value &value) {
  OrderingProblem problem;
  std::vector<NamedOp> ops;
  json::Path::Root root("ordering");
  json::ObjectMapper map(value, root);
  if (!map || !map.map("storages", problem.storages) || !map.map("ops", ops))
    return root.getError();
  Names storageNames, opNames;
  for (const Storage &storage : problem.storages)
    storageNames.add(storage.name);
  for (const NamedOp &op : ops)
    opNames.add(op.name);
  for (NamedOp &named : ops) {
    OrderedOp op;
    op.name = named.name;
    op.uses = storageNames.get(named.uses);
    op.defines = storageNames.get(named.defines);
    op.after = opNames.get(named.after);
    for (const std::vector<std::string> &pair : named.overwrites) {
      if (pair.size() != 2)
        return llvm::createStringError(
            llvm::inconvertibleErrorCode(),
            "an entry of 'overwrites' is a pair: the storage that is defined "
            "and the one that is used");
      op.overwrites.emplace_back(storageNames.get(pair[0]),
                                 storageNames.get(pair[1]));
    }
    op.scratch = named.scratch;
    problem.ops.push_back(std::move(op));
  }
  for (const std::string &wrong : {storageNames.wrong, opNames.wrong})
    if (!wrong.empty())
      return llvm::createStringError(llvm::inconvertibleErrorCode(), wrong);
  if (llvm::Error error = problem.check())
    return std::move(error);
  return problem;
}

json::Value coppice::planning::toJSON(const OrderingProblem &problem) {
  json::Array storages, ops;
  for (const Storage &storage : problem.storages) {
    json::Object object{{"name", storage.name}, {"size", storage.size}};
    if (storage.given)
      object["given"] = true;
    if (storage.kept)
      object["kept"] = true;
    storages.push_back(std::move(object));
  }
  auto names = [](const std::vector<uint32_t> &list, const auto &things) {
    json::Array array;
    for (uint32_t i : list)
      array.push_back(things[i].name);
    return array;
  };
  for (const OrderedOp &op : problem.ops) {
    json::Object object{{"name", op.name},
                        {"uses", names(op.uses, problem.storages)},
                        {"defines", names(op.defines, problem.storages)}};
    if (!op.after.empty())
      object["after"] = names(op.after, problem.ops);
    if (!op.overwrites.empty()) {
      json::Array overwrites;
      for (auto [defined, used] : op.overwrites)
        overwrites.push_back(json::Array{problem.storages[defined].name,
                                         problem.storages[used].name});
      object["overwrites"] = std::move(overwrites);
    }
    if (op.scratch)
      object["scratch"] = op.scratch;
    ops.push_back(std::move(object));
  }
  return json::Object{{"kind", "ordering"},
                      {"storages", std::move(storages)},
                      {"ops", std::move(ops)}};
}

json::Value coppice::planning::toJSON(const OrderingProblem &problem,
                                      const OrderingSolution &solution) {
  json::Array order;
  for (uint32_t op : solution.order)
    order.push_back(problem.ops[op].name);
  return json::Object{
      {"kind", "ordering"},          {"solver", solution.solver},
      {"peak", solution.peak},       {"lower_bound", lowerBound(problem)},
      {"optimal", solution.optimal}, {"order", std::move(order)}};
}

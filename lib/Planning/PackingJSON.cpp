//===- PackingJSON.cpp - Packing problems and plans as JSON -----*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "coppice/Planning/Packing.h"

using namespace coppice::planning;
namespace json = llvm::json;

namespace coppice::planning {
// Found by argument-dependent lookup.
static bool fromJSON(const json::Value &value, Buffer &buffer,
                     json::Path path) {
  json::ObjectMapper map(value, path);
  return map && map.map("name", buffer.name) && map.map("size", buffer.size) &&
         map.mapOptional("align", buffer.alignment) &&
         map.map("first", buffer.first) && map.map("last", buffer.last) &&
         map.map("offset", buffer.offset) &&
         map.mapOptional("space", buffer.space);
}
} // namespace coppice::planning

llvm::Expected<PackingProblem>
coppice::planning::parsePackingProblem(const json::Value &value) {
  PackingProblem problem;
  json::Path::Root root("packing");
  json::ObjectMapper map(value, root);
  std::optional<int64_t> budget;
  if (!map || !map.map("buffers", problem.buffers) ||
      !map.map("budget", budget) ||
      !map.mapOptional("budgets", problem.budgets))
    return root.getError();
  if (budget)
    problem.budgets[""] = *budget;
  if (llvm::Error error = problem.check())
    return std::move(error);
  return problem;
}

json::Value coppice::planning::toJSON(const PackingProblem &problem) {
  json::Array buffers;
  for (const Buffer &buffer : problem.buffers) {
    json::Object object{{"name", buffer.name},
                        {"size", buffer.size},
                        {"align", buffer.alignment},
                        {"first", buffer.first},
                        {"last", buffer.last}};
    if (buffer.offset)
      object["offset"] = *buffer.offset;
    if (!buffer.space.empty())
      object["space"] = buffer.space;
    buffers.push_back(std::move(object));
  }
  json::Object result{{"kind", "packing"}, {"buffers", std::move(buffers)}};
  if (!problem.budgets.empty()) {
    json::Object budgets;
    for (const auto &[space, bytes] : problem.budgets)
      budgets[space] = bytes;
    result["budgets"] = std::move(budgets);
  }
  return result;
}

json::Value coppice::planning::toJSON(const PackingProblem &problem,
                                      const PackingSolution &solution) {
  json::Array buffers;
  for (size_t i = 0; i < problem.buffers.size(); ++i)
    buffers.push_back(json::Object{{"name", problem.buffers[i].name},
                                   {"offset", solution.offsets[i]}});
  json::Object result{
      {"kind", "packing"},           {"solver", solution.solver},
      {"total", solution.total()},   {"lower_bound", lowerBound(problem)},
      {"optimal", solution.optimal}, {"buffers", std::move(buffers)}};
  if (solution.totals.size() > 1) {
    json::Object totals;
    for (const auto &[space, bytes] : solution.totals)
      totals[space] = bytes;
    result["totals"] = std::move(totals);
  }
  return result;
}

//===- SelectionJSON.cpp - Selection problems and choices as JSON *- C++
//-*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "coppice/Planning/Selection.h"

using namespace coppice::planning;
namespace json = llvm::json;

namespace coppice::planning {
// Found by argument-dependent lookup.
static bool fromJSON(const json::Value &value, SelectionOption &option,
                     json::Path path) {
  json::ObjectMapper map(value, path);
  return map && map.map("name", option.name) &&
         map.map("value", option.value) && map.map("bytes", option.bytes);
}

static bool fromJSON(const json::Value &value, SelectionGroup &group,
                     json::Path path) {
  json::ObjectMapper map(value, path);
  return map && map.map("name", group.name) &&
         map.map("options", group.options);
}

static bool fromJSON(const json::Value &value, SelectionLayer &layer,
                     json::Path path) {
  json::ObjectMapper map(value, path);
  return map && map.map("name", layer.name) && map.map("reach", layer.reach) &&
         map.mapOptional("groups", layer.groups);
}
} // namespace coppice::planning

llvm::Expected<SelectionProblem>
coppice::planning::parseSelectionProblem(const json::Value &value) {
  SelectionProblem problem;
  json::Path::Root root("selection");
  json::ObjectMapper map(value, root);
  if (!map || !map.map("budget", problem.budget) ||
      !map.map("base", problem.base) || !map.map("layers", problem.layers))
    return root.getError();
  if (llvm::Error error = problem.check())
    return std::move(error);
  return problem;
}

json::Value coppice::planning::toJSON(const SelectionProblem &problem) {
  json::Array layers;
  for (const SelectionLayer &layer : problem.layers) {
    json::Array groups;
    for (const SelectionGroup &group : layer.groups) {
      json::Array options;
      for (const SelectionOption &option : group.options)
        options.push_back(json::Object{{"name", option.name},
                                       {"value", option.value},
                                       {"bytes", option.bytes}});
      groups.push_back(
          json::Object{{"name", group.name}, {"options", std::move(options)}});
    }
    layers.push_back(json::Object{{"name", layer.name},
                                  {"reach", layer.reach},
                                  {"groups", std::move(groups)}});
  }
  return json::Object{{"kind", "selection"},
                      {"budget", problem.budget},
                      {"base", problem.base},
                      {"layers", std::move(layers)}};
}

json::Value coppice::planning::toJSON(const SelectionProblem &problem,
                                      const SelectionSolution &solution) {
  json::Array choices;
  for (const SelectionSolution::Choice &choice : solution.choices) {
    const SelectionLayer &layer = problem.layers[choice.layer];
    const SelectionGroup &group = layer.groups[choice.group];
    choices.push_back(
        json::Object{{"layer", layer.name},
                     {"group", group.name},
                     {"option", group.options[choice.option].name}});
  }
  return json::Object{
      {"kind", "selection"},         {"solver", solution.solver},
      {"value", solution.value},     {"upper_bound", upperBound(problem)},
      {"bytes", solution.bytes},     {"budget", problem.budget},
      {"optimal", solution.optimal}, {"choices", std::move(choices)}};
}

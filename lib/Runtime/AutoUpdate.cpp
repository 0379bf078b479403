//===- AutoUpdate.cpp - Chooses a sparse update within a budget -*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Runtime/AutoUpdate.h"

#include "lib/Runtime/UpdateSearch.h"
#include "lib/Support/Count.h"
#include "lib/Support/OutputFile.h"
#include "lib/Support/UserError.h"
#include "llvm/Support/FormatVariadic.h"

#include <chrono>

using namespace llvm;
using Choice = coppice::planning::SelectionSolution::Choice;

namespace coppice::runtime {

namespace {
class Stopwatch {
public:
  /// Returns the seconds since the last call.
  double lap() {
    auto now = std::chrono::steady_clock::now();
    return std::chrono::duration<double>(now - std::exchange(start, now))
        .count();
  }

private:
  std::chrono::steady_clock::time_point start =
      std::chrono::steady_clock::now();
};
} // namespace

/// Notes the reason for each layer that is not in `chosen`.
static void explain(const UpdateOffers &offers, ArrayRef<Choice> chosen,
                    AutoChoice &result) {
  for (int64_t l = 0; l < result.layers; ++l) {
    if (any_of(chosen, [&](const Choice &choice) { return choice.layer == l; }))
      continue;
    std::string reason = offers.reasons[l];
    if (reason.empty())
      reason = offers.problem.layers[l].reach > kLargestBudget
                   ? "a step that reaches so deep needs more than the budget"
                   : "not within the budget beside what contributes more";
    auto known = find_if(result.leftOut, [&](const auto &entry) {
      return entry.first == reason;
    });
    if (known == result.leftOut.end())
      known = result.leftOut.insert(known, {reason, {}});
    known->second.push_back(l);
  }
}

Expected<AutoChoice> chooseUpdate(const ModelOptions &model,
                                  const StepOptions &step,
                                  const ImageOptions &image,
                                  const AutoOptions &options) {
  AutoChoice choice;
  choice.budget = static_cast<int64_t>(
      std::min<uint64_t>(*model.ramBudget, kLargestBudget));
  Stopwatch watch;
  auto contributions = measureContributions(model, step, image, options.images,
                                            options.labels, options.samples);
  if (!contributions)
    return contributions.takeError();
  choice.measureSeconds = watch.lap();

  Expected<UpdatePlanner> planner = UpdatePlanner::create(model, step);
  if (!planner)
    return planner.takeError();
  Expected<UpdateOffers> offers = collectOffers(*planner, *contributions);
  if (!offers)
    return offers.takeError();
  auto context = std::make_unique<mlir::MLIRContext>();
  Progress progress("plan", kMostPlans, model.quiet, model.progress);
  auto best =
      searchUpdate(*planner, *offers, choice.budget, context.get(), progress);
  if (!best)
    return best.takeError();
  progress.finish();
  choice.searchSeconds = watch.lap();

  train::Scheme scheme =
      offers->toScheme(best->solution.choices, context.get());
  choice.update = printScheme(scheme, /*inBraces=*/true);
  choice.scheme = printScheme(scheme, /*inBraces=*/false);
  for (const Choice &chosen : best->solution.choices)
    choice.parameters.push_back(offers->get(chosen).parameter);
  choice.layers = offers->problem.layers.size();
  explain(*offers, best->solution.choices, choice);
  choice.predicted = best->predicted;
  choice.planned = best->planned;
  choice.share = offers->total > 0 ? best->solution.value / offers->total : 0;
  choice.plans = planner->getPlans();
  choice.problem = std::move(offers->problem);
  return std::move(choice);
}

/// Formats numbers as ranges: `3-5, 7`.
static std::string joinRanges(ArrayRef<int64_t> numbers) {
  std::string text;
  for (size_t i = 0; i < numbers.size(); ++i) {
    size_t first = i;
    while (i + 1 < numbers.size() && numbers[i + 1] == numbers[i] + 1)
      ++i;
    text += (first ? ", " : "") + std::to_string(numbers[first]);
    if (i > first)
      text += "-" + std::to_string(numbers[i]);
  }
  return text;
}

static void print(const AutoChoice &choice, raw_ostream &os) {
  SmallVector<int64_t> biases;
  int64_t weights = 0;
  for (const ChosenParameter &parameter : choice.parameters) {
    weights += !parameter.isBias;
    if (parameter.isBias)
      biases.push_back(parameter.layer);
  }
  os << formatv("update chosen for {0} bytes: {1} and {2} of {3}, {4:f1}% of "
                "the contribution\n",
                choice.budget, countOf(weights, "weight"),
                countOf(biases.size(), "bias"), countOf(choice.layers, "layer"),
                100 * choice.share);
  for (const ChosenParameter &parameter : choice.parameters) {
    if (parameter.isBias)
      continue;
    os << formatv("  layer {0,3}  ", parameter.layer);
    if (parameter.trained == parameter.channels)
      os << formatv("{0,15}", "whole");
    else
      os << formatv(
          "{0,15}",
          formatv("{0} of {1}", parameter.trained, parameter.channels).str());
    os << "  " << parameter.name << "\n";
  }
  if (!biases.empty())
    os << "  biases of layers " << joinRanges(biases) << "\n";
  for (const auto &[reason, layers] : choice.leftOut)
    os << "  not trained: layer" << (layers.size() == 1 ? " " : "s ")
       << joinRanges(layers) << " (" << reason << ")\n";
  os << formatv("  {0} bytes planned, {1} predicted; {2} plans in {3:f1} s, "
                "contributions in {4:f1} s\n",
                choice.planned, choice.predicted, choice.plans,
                choice.searchSeconds, choice.measureSeconds);
}

Expected<std::optional<AutoChoice>> resolveAuto(const ModelOptions &model,
                                                StepOptions &step,
                                                const ImageOptions &image,
                                                const AutoOptions &options,
                                                raw_ostream &log) {
  if (step.update != "auto")
    return std::nullopt;
  Expected<AutoChoice> choice = chooseUpdate(model, step, image, options);
  if (!choice)
    return choice.takeError();
  step.update = choice->update;
  print(*choice, log);
  return std::move(*choice);
}

Error saveScheme(const std::optional<AutoChoice> &choice, StringRef model,
                 const AutoOptions &options) {
  if (!choice || options.saveScheme.empty())
    return Error::success();
  return writeFile(
      options.saveScheme,
      formatv("# {0}: what --update=auto chose for {1} bytes of RAM; "
              "{2} are planned.\n{3}",
              model, choice->budget, choice->planned, choice->scheme)
          .str());
}

json::Value toJSON(const AutoChoice &choice) {
  json::Array parameters;
  for (const ChosenParameter &parameter : choice.parameters) {
    json::Object object{{"layer", parameter.layer},
                        {"name", parameter.name},
                        {"kind", parameter.isBias ? "bias" : "weight"},
                        {"contribution", parameter.contribution}};
    if (parameter.channels) {
      object["channels"] = parameter.channels;
      object["trained"] = parameter.trained;
    }
    parameters.push_back(std::move(object));
  }
  json::Array leftOut;
  for (const auto &[reason, layers] : choice.leftOut)
    leftOut.push_back(
        json::Object{{"layers", json::Array(layers)}, {"reason", reason}});
  return json::Object{{"scheme", choice.scheme},
                      {"parameters", std::move(parameters)},
                      {"left_out", std::move(leftOut)},
                      {"layers", choice.layers},
                      {"budget_bytes", choice.budget},
                      {"predicted_bytes", choice.predicted},
                      {"planned_bytes", choice.planned},
                      {"share", choice.share},
                      {"plans", choice.plans},
                      {"measure_seconds", choice.measureSeconds},
                      {"search_seconds", choice.searchSeconds},
                      {"selection", planning::toJSON(choice.problem)}};
}

} // namespace coppice::runtime

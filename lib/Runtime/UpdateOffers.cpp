//===- UpdateOffers.cpp - Parameters that a step could train ----*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Runtime/UpdateOffers.h"

#include "coppice/Planning/Arena.h"
#include "dialects/Plan/Interfaces/PlanningInterface.h"
#include "llvm/Support/FormatVariadic.h"

using namespace llvm;
using namespace coppice::planning;
using Choice = SelectionSolution::Choice;

namespace coppice::runtime {

/// The shares of a weight's channels that are offered.
static constexpr double kRatios[] = {0.125, 0.25, 0.5, 1};

train::Scheme UpdateOffers::toScheme(ArrayRef<Choice> choices,
                                     mlir::MLIRContext *context) const {
  train::Scheme scheme;
  mlir::Location loc = mlir::UnknownLoc::get(context);
  for (const Choice &choice : choices) {
    const Offer &offer = get(choice);
    if (offer.parameter.isBias)
      scheme.biases.push_back({loc, offer.parameter.layer});
    else
      scheme.weights.push_back(
          {loc, offer.parameter.layer, /*name=*/"", /*ratio=*/1,
           std::vector<int64_t>(offer.channels.begin(), offer.channels.end())});
  }
  return scheme;
}

/// Returns the tensor that a layer's weight multiplies, which the weight's
/// gradient reads.
static mlir::Value getData(const train::Layer &layer) {
  train::ParameterOp weight = layer.weight;
  auto isWeight = [&](mlir::Value value) {
    mlir::Operation *op = value.getDefiningOp();
    while (op && op->getNumOperands() == 1 && !isa<train::ReadOp>(op))
      op = op->getOperand(0).getDefiningOp();
    auto read = dyn_cast_or_null<train::ReadOp>(op);
    return read && read.getParameter() == weight.getSymName();
  };
  // The layer is a product: return the other factor.
  mlir::Value lhs = layer.op->getOperand(0), rhs = layer.op->getOperand(1);
  return isWeight(lhs) ? rhs : lhs;
}

/// Returns the bytes of state for `part` of `whole` channels.
static int64_t countState(ArrayRef<int64_t> tensors, int64_t part,
                          int64_t whole) {
  int64_t bytes = 0;
  for (int64_t tensor : tensors)
    bytes += alignTo(divideCeil(tensor * part, whole), kArenaAlignment);
  return bytes;
}

static void addBias(const train::Layer &layer, int64_t index,
                    const Contribution &contribution, ArrayRef<int64_t> state,
                    SelectionLayer &problem,
                    std::vector<std::vector<Offer>> &offers) {
  std::string name = train::ParameterOp(layer.bias).getFileName().str();
  Offer offer;
  offer.state = countState(state, 1, 1);
  problem.groups.push_back({name, {{"all", contribution.bias, offer.state}}});
  offer.parameter = {index, name, /*isBias=*/true, 0, 0, contribution.bias};
  offers.push_back({offer});
}

/// Adds the offers of a weight. A share costs its state, its share of the
/// layer's input, which is saved for the gradient, and a copy of the weight,
/// because the slices are joined where the layer reads them.
static void addWeight(const train::Layer &layer, int64_t index,
                      const Contribution &contribution, ArrayRef<int64_t> state,
                      SelectionLayer &problem,
                      std::vector<std::vector<Offer>> &offers) {
  std::string name = train::ParameterOp(layer.weight).getFileName().str();
  int64_t saved = plan::getStoredBytes(getData(layer).getType());
  train::ParameterOp weight = layer.weight;
  int64_t copy = plan::getStoredBytes(weight.getType());
  SelectionGroup group{name, {}};
  std::vector<Offer> list;
  int64_t channels = contribution.channels.size();
  auto order = to_vector(seq<int64_t>(channels));
  sort(order, [&](int64_t a, int64_t b) {
    double left = contribution.channels[a], right = contribution.channels[b];
    return left != right ? left > right : a < b;
  });
  int64_t last = 0;
  for (double ratio : kRatios) {
    bool whole = ratio == 1;
    int64_t kept = train::countKept(channels, ratio);
    if (!whole && (kept == last || kept == channels))
      continue;
    last = kept;
    Offer offer;
    double value = whole ? contribution.weight : 0;
    if (!whole) {
      offer.channels = to_vector(ArrayRef(order).take_front(kept));
      sort(offer.channels);
      for (int64_t channel : offer.channels)
        value += contribution.channels[channel];
    }
    int64_t part = whole ? 1 : kept, of = whole ? 1 : channels;
    offer.state = countState(state, part, of);
    int64_t bytes =
        offer.state + divideCeil(saved * part, of) + (whole ? 0 : copy);
    group.options.push_back(
        {whole ? "all" : formatv("{0} of {1}", kept, channels).str(), value,
         bytes});
    offer.parameter = {index, name, /*isBias=*/false, kept, channels, value};
    list.push_back(std::move(offer));
  }
  problem.groups.push_back(std::move(group));
  offers.push_back(std::move(list));
}

Expected<UpdateOffers> collectOffers(UpdatePlanner &planner,
                                     ArrayRef<Contribution> contributions) {
  auto state = planner.measureState();
  if (!state)
    return state.takeError();
  UpdateOffers result;
  SmallVector<train::Layer> layers = planner.findLayers();
  for (auto [i, layer] : enumerate(layers)) {
    const Contribution &contribution = contributions[i];
    SelectionLayer &problem = result.problem.layers.emplace_back();
    problem.name = train::ParameterOp(layer.weight).getFileName().str();
    auto &offers = result.offers.emplace_back();
    if (layer.bias && contribution.bias > 0)
      addBias(layer, i, contribution, (*state)[layer.bias.getSymName()],
              problem, offers);
    if (contribution.weight > 0)
      addWeight(layer, i, contribution, (*state)[layer.weight.getSymName()],
                problem, offers);
    bool isFrozen = !state->count(layer.weight.getSymName()) &&
                    !(layer.bias && state->count(layer.bias.getSymName()));
    result.reasons.push_back(!problem.groups.empty() ? ""
                             : isFrozen
                                 ? "frozen"
                                 : "no contribution above 0 with these images");
    result.total += contribution.bias + contribution.weight;
  }
  return std::move(result);
}

} // namespace coppice::runtime

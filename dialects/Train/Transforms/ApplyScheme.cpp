//===- ApplyScheme.cpp - Resolves a scheme to parameters --------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/Train/Transforms/ApplyScheme.h"

#include "dialects/NN/IR/NN.h"
#include "dialects/Train/Analysis/Layers.h"
#include "dialects/Train/IR/Train.h"
#include "dialects/Train/Transforms/Approximations.h"
#include "dialects/Train/Transforms/LatentWeights.h"
#include "dialects/Train/Transforms/Passes.h"
#include "dialects/Train/Transforms/Scheme.h"
#include "dialects/Train/Transforms/SelectChannels.h"
#include "lib/Support/Elements.h"
#include "lib/Support/FlagLoc.h"
#include "lib/Support/Note.h"
#include "lib/Support/Remarks.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SmallSet.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/GlobPattern.h"

using namespace mlir;
using namespace coppice;
using namespace coppice::train;

namespace coppice::train {
#define GEN_PASS_DEF_TRAINAPPLYSCHEME
#include "dialects/Train/Transforms/Passes.h.inc"

namespace {
/// Turns a scheme's layers into parameters of one function.
class Resolver {
public:
  Resolver(GradientOp request, const Scheme &scheme)
      : request(request), scheme(scheme) {}

  FailureOr<DictionaryAttr> run();

private:
  void collectParameters();
  /// Sets the update of one parameter; does nothing if it is frozen or absent.
  void mark(ParameterOp parameter, UpdateSchemeAttr update);
  void mark(ParameterOp parameter, UpdateKind kind) {
    mark(parameter, UpdateSchemeAttr::get(parameter.getContext(), kind));
  }
  /// Returns the layer with the number `number` in the scheme.
  FailureOr<Layer> getLayer(Location loc, int64_t number);
  LogicalResult markBiases();
  LogicalResult markWeight(const Scheme::Weight &entry);
  LogicalResult freeze(const Scheme::Pattern &pattern);
  /// Freezes the parameters that the step's approximations do not train.
  LogicalResult approximate();
  /// Adds a note to `diag` on the layers that have no gradient, if there are
  /// any.
  InFlightDiagnostic noteIntegerLayers(InFlightDiagnostic diag);

  GradientOp request;
  const Scheme &scheme;
  /// Parameters that the request differentiates for, by symbol.
  llvm::MapVector<ParameterOp, UpdateSchemeAttr> updates;
  /// The parameters that the scheme gave a ratio.
  llvm::DenseSet<ParameterOp> chosen;
  SmallVector<Layer> layers;
  /// Layers that sum integers which are not codes (ConvInteger, MatMulInteger).
  /// No gradient passes them, and their weights are constants.
  SmallVector<Operation *> integerLayers;
  /// The last layer. It is always trained and has no number.
  Layer classifier;
};
} // namespace

void Resolver::collectParameters() {
  for (Value value : request.getWrt())
    if (auto read = value.getDefiningOp<ReadOp>())
      if (auto parameter = SymbolTable::lookupNearestSymbolFrom<ParameterOp>(
              read, read.getParameterAttr()))
        updates[parameter] =
            UpdateSchemeAttr::get(read.getContext(), UpdateKind::none);
}

void Resolver::mark(ParameterOp parameter, UpdateSchemeAttr update) {
  if (auto *it = updates.find(parameter); parameter && it != updates.end())
    it->second = update;
}

InFlightDiagnostic Resolver::noteIntegerLayers(InFlightDiagnostic diag) {
  if (integerLayers.empty())
    return diag;
  Diagnostic &note = diag.attachNote(integerLayers.front()->getLoc())
                     << "sums integers";
  if (integerLayers.size() > 1)
    note << ", as " << integerLayers.size() - 1 << " more do";
  note << "; such a sum has no gradient, its weight is a constant and no layer "
          "of a scheme: to train it, export the model with QuantizeLinear and "
          "DequantizeLinear or with QLinear operators";
  return diag;
}

FailureOr<Layer> Resolver::getLayer(Location loc, int64_t number) {
  if (number < static_cast<int64_t>(layers.size()))
    return layers[number];
  return noteIntegerLayers(
      emitError(loc, "scheme: there is no layer ")
      << number << ": the model has " << layers.size()
      << " beside the classifier, counted from 0 in graph order");
}

LogicalResult Resolver::markBiases() {
  if (scheme.lastBiases > static_cast<int64_t>(layers.size()))
    return emitError(*scheme.biasLoc, "scheme: bias: ")
           << scheme.lastBiases << ", but the model has only " << layers.size()
           << " layers beside the classifier; write bias: all";
  size_t count = scheme.allBiases ? layers.size() : scheme.lastBiases;
  SmallVector<StringRef> without;
  for (Layer &layer : MutableArrayRef(layers).take_back(count)) {
    if (layer.bias)
      mark(layer.bias, UpdateKind::full);
    else if (!scheme.allWeights)
      without.push_back(layer.weight.getFileName());
  }
  if (!without.empty()) {
    InFlightDiagnostic note = emitNote(request.getLoc())
                              << "the update is of biases, and "
                              << without.size() << " of " << count
                              << " layers have none, nor a normalization whose "
                                 "shift plays its part: ";
    llvm::interleaveComma(without, note,
                          [&](StringRef name) { note << "'" << name << "'"; });
  }
  llvm::SmallSet<int64_t, 8> listed;
  for (const Scheme::Bias &bias : scheme.biases) {
    if (!listed.insert(bias.layer).second)
      return emitError(bias.loc, "scheme: the bias of layer ")
             << bias.layer << " is listed twice; once is enough";
    FailureOr<Layer> layer = getLayer(bias.loc, bias.layer);
    if (failed(layer))
      return failure();
    if (!layer->bias)
      return emitError(bias.loc, "scheme: layer ")
             << bias.layer << ", '" << layer->weight.getFileName()
             << "', has no bias";
    mark(layer->bias, UpdateKind::full);
  }
  return success();
}

LogicalResult Resolver::markWeight(const Scheme::Weight &entry) {
  ParameterOp parameter;
  std::optional<int64_t> axis;
  if (entry.layer >= 0) {
    FailureOr<Layer> layer = getLayer(entry.loc, entry.layer);
    if (failed(layer))
      return failure();
    parameter = layer->weight;
    axis = layer->channelAxis;
  } else {
    for (auto &[candidate, update] : updates)
      if (entry.name == candidate.getFileName() ||
          entry.name == candidate.getSymName())
        parameter = candidate;
    if (!parameter)
      return noteIntegerLayers(
          emitError(entry.loc, "scheme: the model trains no parameter '")
          << entry.name << "'");
    for (const Layer &layer : layers)
      if (layer.weight == parameter)
        axis = layer.channelAxis;
  }
  if (parameter == classifier.weight &&
      (entry.ratio != 1 || !entry.channels.empty()))
    return emitError(entry.loc, "scheme: '")
           << parameter.getFileName()
           << "' is the classifier's, which is always trained whole; leave it "
              "out";
  if (!chosen.insert(parameter).second)
    return emitError(entry.loc, "scheme: '")
           << parameter.getFileName() << "' is listed twice; give it one ratio";
  FailureOr<UpdateSchemeAttr> update =
      selectChannels(entry, scheme.select, parameter, axis);
  if (failed(update))
    return failure();
  mark(parameter, *update);
  return success();
}

LogicalResult Resolver::freeze(const Scheme::Pattern &pattern) {
  llvm::Expected<llvm::GlobPattern> glob =
      llvm::GlobPattern::create(pattern.glob);
  if (!glob)
    return emitError(pattern.loc, "'")
           << pattern.glob
           << "' is not a pattern: " << llvm::toString(glob.takeError());
  bool matched = false;
  for (auto &[parameter, update] : updates) {
    if (!glob->match(parameter.getFileName()) &&
        !glob->match(parameter.getSymName()))
      continue;
    matched = true;
    update = UpdateSchemeAttr::get(request.getContext(), UpdateKind::none);
  }
  if (matched)
    return success();
  InFlightDiagnostic diag =
      emitError(pattern.loc, "no trainable parameter matches '")
      << pattern.glob << "'";
  if (!updates.empty())
    diag << "; names look like '" << updates.front().first.getFileName() << "'";
  return diag;
}

LogicalResult Resolver::approximate() {
  auto known =
      readApproximations(request->getParentOfType<FunctionOpInterface>());
  if (failed(known))
    return failure();
  for (const Approximation *approximation : *known) {
    if (!approximation->findUntrained)
      continue;
    Approximation::Parameters untrained;
    approximation->findUntrained(*request->getBlock(), untrained);
    untrained.remove_if(
        [&](ParameterOp parameter) { return !updates.contains(parameter); });
    if (untrained.empty())
      return reportUnused(request.getLoc(), *approximation);
    if (llvm::all_of(untrained, [&](ParameterOp parameter) {
          return updates[parameter].getKind() == UpdateKind::none;
        }))
      warnUntrained(request.getLoc(), *approximation);
    for (ParameterOp parameter : untrained) {
      for (const Scheme::Weight &entry : scheme.weights)
        if (entry.name == parameter.getFileName() ||
            entry.name == parameter.getSymName())
          return emitError(entry.loc, "scheme: '")
                 << entry.name
                 << "' is listed, and approximate: " << approximation->name
                 << " does not train it; drop one";
      mark(parameter, UpdateKind::none);
    }
  }
  return success();
}

FailureOr<DictionaryAttr> Resolver::run() {
  collectParameters();
  layers = findLayers(*request->getBlock(), request.getLoss());
  if (!layers.empty())
    classifier = layers.pop_back_val();

  for (auto op : request->getBlock()->getOps<nn::ContractionOpInterface>())
    if (isa<IntegerType>(getElementTypeOrSelf(op->getResult(0).getType())))
      integerLayers.push_back(op);

  if (scheme.allWeights) {
    for (auto &[parameter, update] : updates)
      mark(parameter, UpdateKind::full);
    if (!integerLayers.empty())
      noteIntegerLayers(request.emitWarning("the update is of every parameter, "
                                            "but ")
                        << integerLayers.size()
                        << (integerLayers.size() == 1 ? " layer" : " layers")
                        << " and what comes before cannot be trained");
  }
  if (failed(markBiases()))
    return failure();
  for (const Scheme::Weight &entry : scheme.weights)
    if (failed(markWeight(entry)))
      return failure();
  if (classifier.weight)
    mark(classifier.weight, UpdateKind::full);
  if (classifier.bias)
    mark(classifier.bias, UpdateKind::full);
  for (const Scheme::Pattern &pattern : scheme.freeze)
    if (failed(freeze(pattern)))
      return failure();
  if (failed(approximate()))
    return failure();

  if (llvm::all_of(updates, [](auto &entry) {
        return entry.second.getKind() == UpdateKind::none;
      }))
    return emitError(scheme.freeze.empty() ? request.getLoc()
                                           : scheme.freeze.back().loc,
                     "every parameter is frozen: nothing is left to train; "
                     "freeze fewer");
  SmallVector<NamedAttribute> entries;
  for (auto &[parameter, update] : updates)
    entries.emplace_back(parameter.getSymNameAttr(), update);
  return DictionaryAttr::get(request.getContext(), entries);
}

static std::string describe(UpdateSchemeAttr update) {
  switch (update.getKind()) {
  case UpdateKind::none:
    return "is frozen";
  case UpdateKind::full:
    return "is trained";
  case UpdateKind::channels:
    break;
  }
  return "is trained in " + std::to_string(update.getIndices().size()) +
         " of its channels";
}

LogicalResult applyScheme(func::FuncOp function, StringRef update,
                          ArrayRef<std::string> freeze) {
  auto requests = llvm::to_vector(function.getOps<GradientOp>());
  if (requests.size() != 1)
    return function.emitOpError("must have one train.gradient for a scheme to "
                                "apply to, but has ")
           << requests.size();
  FailureOr<Scheme> scheme = loadScheme(function.getLoc(), update);
  if (failed(scheme))
    return failure();
  for (const std::string &glob : freeze)
    scheme->freeze.push_back(
        {getFlagLoc(function.getContext(), "freeze", glob), glob});
  FailureOr<DictionaryAttr> schemes = Resolver(requests[0], *scheme).run();
  if (failed(schemes))
    return failure();
  function->setAttr(kSchemesAttr, *schemes);
  for (NamedAttribute entry : *schemes) {
    auto update = cast<UpdateSchemeAttr>(entry.getValue());
    decisionRemark(requests[0], RemarkCategory::Update, entry.getName())
        << remark::reason("{0}", describe(update));
  }
  return success();
}

namespace {
struct ApplyScheme : impl::TrainApplySchemeBase<ApplyScheme> {
  using TrainApplySchemeBase::TrainApplySchemeBase;

  void runOnOperation() override {
    auto target = getOperation().lookupSymbol<func::FuncOp>(function);
    if (!target) {
      getOperation().emitError("no function @") << function;
      return signalPassFailure();
    }
    if (failed(applyScheme(target, update, freeze)))
      return signalPassFailure();
  }
};
} // namespace
} // namespace coppice::train

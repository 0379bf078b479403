//===- Quantcheck.cpp - Compiled layers against their definition ---*- C++ -*-//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Reference/Quantcheck.h"

#include "dialects/LowP/IR/LowP.h"
#include "dialects/LowP/Transforms/Passes.h"
#include "lib/Reference/HostTensors.h"
#include "lib/Reference/Layers.h"
#include "lib/Runtime/Session.h"
#include "lib/Support/Count.h"
#include "lib/Support/UserError.h"
#include "mlir/Pass/PassManager.h"

using namespace llvm;
using namespace coppice::runtime;

namespace coppice::reference {

void CodeDifference::add(int64_t code, int64_t reference) {
  ++codes;
  differing += code != reference;
  largest = std::max(largest, std::abs(code - reference));
}

void CodeDifference::add(const CodeDifference &other) {
  codes += other.codes;
  differing += other.differing;
  largest = std::max(largest, other.largest);
}

std::map<std::string, LayerDifference> QuantcheckReport::getOps() const {
  std::map<std::string, LayerDifference> ops;
  for (const LayerDifference &layer : layers) {
    LayerDifference &sum = ops[layer.op];
    sum.op = layer.op;
    sum.isKnown &= layer.isKnown;
    sum.exact.add(layer.exact);
    sum.fixed.add(layer.fixed);
  }
  return ops;
}

/// Returns the index of each quantized value of `infer` among its results, of
/// which the first `outputs` are the model's own. nullopt for values that it
/// does not return.
static SmallVector<std::optional<size_t>> findResults(mlir::func::FuncOp infer,
                                                      size_t outputs) {
  DenseMap<mlir::Operation *, size_t> returned;
  mlir::Operation *terminator = infer.getBody().front().getTerminator();
  for (size_t i = outputs; i < terminator->getNumOperands(); ++i) {
    // Codes are cast to integers before they are returned.
    mlir::Operation *op = terminator->getOperand(i).getDefiningOp();
    while (op && !isa<lowp::QuantizeOp>(op))
      op = op->getOperand(0).getDefiningOp();
    if (op)
      returned.try_emplace(op, i);
  }
  SmallVector<std::optional<size_t>> results;
  for (auto quantize : infer.getOps<lowp::QuantizeOp>()) {
    auto it = returned.find(quantize);
    results.push_back(it == returned.end() ? std::nullopt
                                           : std::optional<size_t>(it->second));
  }
  return results;
}

/// Compares the codes of one run with the expected ones.
static void compare(const HostTensor &codes, const ReferenceLayer &should,
                    LayerDifference &layer) {
  layer.isKnown &= should.isKnown;
  for (auto [i, code] : enumerate(should.exact))
    layer.exact.add(codes.getAsInteger(i), code);
  for (auto [i, code] : enumerate(should.fixed))
    layer.fixed.add(codes.getAsInteger(i), code);
}

/// The number of images without --count.
static constexpr int64_t kUsualImages = 10;

Expected<QuantcheckReport> checkLayers(const ModelOptions &model,
                                       StringRef path,
                                       const ImageOptions &image,
                                       std::optional<int64_t> wanted) {
  // One module is compiled, the other one is the reference.
  Expected<Session> plain = Session::open(model);
  if (!plain)
    return plain.takeError();
  const EntryInfo &signature = plain->getSignature();
  if (signature.inputs.size() != 1)
    return userError(model.path, "has " + Twine(signature.inputs.size()) +
                                     " inputs where a set of images feeds one");
  mlir::PassManager pm(plain->getContext());
  pm.addPass(lowp::createLowPExposeCodes());
  if (failed(pm.run(plain->getModule())))
    return plain->takeError();
  mlir::func::FuncOp infer = findInference(plain->getModule());
  SmallVector<std::optional<size_t>> results =
      findResults(infer, signature.outputs.size());
  if (results.empty())
    return userError(model.path, "has no quantized value to check",
                     "quantize it first: see 'coppice quantize --help'");

  Expected<Session> session = Session::open(model);
  if (!session)
    return session.takeError();
  // Load the images before the module is consumed.
  Expected<ImageSet> set = session->loadImages(path, image);
  if (!set)
    return set.takeError();
  CompileOptions options = compileOptions(model);
  options.exposeCodes = true;
  auto program = session->compile(options);
  if (!program)
    return program.takeError();
  const EntryInfo &entry = (*program)->entry(EntryKind::Inference);
  const TensorInfo &input = entry.inputs.front();
  int64_t batch = input.shape.empty() ? 1 : input.shape.front();
  int64_t count =
      wanted.value_or(std::min(kUsualImages, set->size()) / batch * batch);
  if (count == 0)
    return userError(path,
                     "holds " + countOf(set->size(), "image") +
                         " where a batch has " + Twine(batch),
                     "--batch changes the model's");
  if (set->size() < count || count % batch != 0)
    return userError(path,
                     "holds " + countOf(set->size(), "image") + ", of which " +
                         Twine(count) + " in batches of " + Twine(batch) +
                         " were asked for",
                     "lower --count, or make it a multiple of the batch");

  QuantcheckReport report;
  report.images = count;
  report.batch = batch;
  for (std::optional<size_t> result : results) {
    LayerDifference layer;
    layer.name = result ? entry.outputs[*result].name : "";
    report.layers.push_back(std::move(layer));
  }
  LayerReference layers(infer);
  AlignedBuffer state = (*program)->createState();
  SmallVector<HostTensor> outputs =
      (*program)->createOutputs(EntryKind::Inference);
  HostTensor tensor(input.kind, input.shape);
  for (int64_t start = 0; start < count; start += batch) {
    for (int64_t i = 0; i < batch; ++i)
      set->fill(start + i, /*flip=*/false, i, tensor);
    if (Error error =
            (*program)->run(EntryKind::Inference, {&tensor}, outputs, state))
      return std::move(error);
    auto visit = [&](size_t i, const ReferenceLayer &should)
        -> std::optional<std::vector<int64_t>> {
      LayerDifference &layer = report.layers[i];
      layer.op = should.op.str();
      layer.isKnown &= results[i].has_value();
      if (!results[i])
        return std::nullopt;
      const HostTensor &codes = outputs[*results[i]];
      compare(codes, should, layer);
      std::vector<int64_t> integers;
      for (int64_t element = 0; element < codes.size(); ++element)
        integers.push_back(codes.getAsInteger(element));
      return integers;
    };
    if (Error error = layers.run({toReference(tensor)}, visit))
      return std::move(error);
  }
  return std::move(report);
}

} // namespace coppice::reference

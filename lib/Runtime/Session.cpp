//===- Session.cpp - An imported model with its context -*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Runtime/Session.h"

#include "dialects/Coppice/IR/Names.h"
#include "dialects/NN/Analysis/InputUses.h"
#include "lib/Runtime/Npy.h"
#include "lib/Support/UserError.h"

using namespace llvm;

namespace coppice::runtime {

Expected<Session> Session::open(const ModelOptions &options,
                                std::shared_ptr<mlir::MLIRContext> context) {
  if (Error error = check(options))
    return std::move(error);
  Session session;
  session.path = options.path;
  session.context = context ? std::move(context) : createContext();
  session.sink = std::make_unique<DiagnosticSink>(
      session.context.get(), options.path, options.remarks);
  auto module = importModel(options, session.context.get(), *session.sink);
  if (!module)
    return module.takeError();
  session.module = std::move(*module);
  if (Error error = checkRequantize(options, *session.module))
    return std::move(error);
  mlir::func::FuncOp infer = findInference(*session.module);
  if (!infer)
    return userError(options.path, "holds no graph");
  Expected<EntryInfo> signature = readSignature(infer);
  if (!signature)
    return signature.takeError();
  session.signature = std::move(*signature);
  session.isBatchOpen = infer->hasAttr(train::kOpenBatchAttr);
  for (const TensorInfo &input : session.signature.inputs)
    if (is_contained(input.shape, mlir::ShapedType::kDynamic)) {
      std::string shape;
      raw_string_ostream os(shape);
      interleave(
          input.shape, os, [&](int64_t e) { os << std::max<int64_t>(e, 1); },
          "x");
      return userError(options.path + ": input '" + input.name + "'",
                       "its shape " + formatShape(input.shape) + " is open",
                       "fix it with --shape=" + input.name + "=" + shape);
    }
  return std::move(session);
}

Expected<std::unique_ptr<Program>> Session::compile(CompileOptions options,
                                                    bool profile) {
  return Program::compile(
      *module, std::move(options), [&] { return takeError(); }, profile);
}

Error Session::lower(Phase last, const CompileOptions &options) {
  if (failed(runPhases(*module, Phase::Import, last, options)))
    return takeError();
  return Error::success();
}

std::optional<int64_t> Session::getBatch() const {
  if (signature.inputs.empty() || signature.inputs[0].shape.empty())
    return std::nullopt;
  return signature.inputs[0].shape[0];
}

ImageInput Session::getImageInput(unsigned index) const {
  const TensorInfo &info = signature.inputs[index];
  ImageInput result;
  result.shape = info.shape;
  result.kind = info.kind;
  mlir::func::FuncOp infer = findInference(*module);
  nn::InputUses uses;
  if (info.shape.size() == 4)
    if (auto axis = uses.getChannelAxis(infer.getArgument(index)))
      result.layout = *axis == 1   ? std::optional(ImageLayout::NCHW)
                      : *axis == 3 ? std::optional(ImageLayout::NHWC)
                                   : std::nullopt;
  if (auto bounds = uses.getIndexBounds(infer.getArgument(index)))
    result.indexBounds = {bounds->low, bounds->high};
  return result;
}

Expected<ImageSet> Session::loadImages(StringRef images,
                                       const ImageOptions &options) const {
  if (signature.inputs.size() != 1)
    return userError(path,
                     "has " + Twine(signature.inputs.size()) +
                         " inputs where a set of images feeds one",
                     "use 'coppice run' with --input for each");
  return ImageSet::load(images, options, getImageInput(0));
}

std::string shapeHint(ArrayRef<int64_t> tensor, ArrayRef<int64_t> input) {
  auto permuted = [&](ArrayRef<size_t> order) {
    return all_of(seq<size_t>(1, 4),
                  [&](size_t i) { return tensor[order[i]] == input[i]; });
  };
  if (tensor.size() != input.size())
    return ("give one of rank " + Twine(input.size())).str();
  bool isLast = input.size() == 4 && permuted({0, 3, 1, 2});
  if (isLast || (input.size() == 4 && permuted({0, 2, 3, 1})))
    return (Twine("--input takes the model's layout: transpose the file to N "
                  "x ") +
            (isLast ? "C x H x W" : "H x W x C") +
            "; coppice eval takes images in either with --images")
        .str();
  if (!input.empty() && tensor.front() &&
      tensor.drop_front() == input.drop_front())
    return ("the batch differs: add --batch=" + Twine(tensor.front()) +
            ", or give " + Twine(input.front()))
        .str();
  return "give one of the input's shape; --shape changes that where the model "
         "allows it";
}

Expected<HostTensor> Session::loadInput(StringRef path) const {
  Expected<HostTensor> tensor = readNpy(path);
  if (!tensor)
    return tensor.takeError();
  ImageInput input = getImageInput(0);
  if (tensor->getShape() != ArrayRef<int64_t>(input.shape))
    return userError(path,
                     "has shape " + formatShape(tensor->getShape()) +
                         " where the model takes " + formatShape(input.shape),
                     shapeHint(tensor->getShape(), input.shape));
  if (!isFloat(input.kind) && isFloat(tensor->getKind()))
    return userError(path,
                     "holds " + name(tensor->getKind()) +
                         " where the model's input is " + name(input.kind),
                     "save it as " + name(input.kind));
  HostTensor batch = tensor->convert(isFloat(input.kind) ? ElementKind::F64
                                                         : tensor->getKind());
  if (Error error = checkValues(path, "sample", batch, input))
    return std::move(error);
  return std::move(batch);
}

Error Session::checkLoss(train::LossKind loss) const {
  if (signature.outputs.empty())
    return userError(path, "has no output",
                     "a loss is taken of a model's first output");
  const TensorInfo &input = signature.inputs.front();
  const TensorInfo &output = signature.outputs.front();
  if (input.shape.empty() || output.shape.empty() ||
      input.shape.front() != output.shape.front())
    return userError(path,
                     "its first output " + formatShape(output.shape) +
                         " is not one row per image of its input " +
                         formatShape(input.shape),
                     "the batch must be the leading axis of both");
  mlir::func::FuncOp infer = findInference(*module);
  mlir::Value scores = infer.front().getTerminator()->getOperand(0);
  if (auto mismatch = train::findMismatch(loss, scores))
    return userError("--loss=" + train::stringifyLoss(loss), mismatch->what,
                     mismatch->hint);
  return Error::success();
}

Expected<LabelSet> Session::loadLabels(StringRef labels, const Labelled &images,
                                       train::LossKind loss) const {
  ArrayRef<int64_t> shape = signature.outputs.front().shape;
  if (!train::takesClassLabels(loss))
    return LabelSet::loadTargets(labels, images, shape, loss);
  return LabelSet::loadClasses(
      labels, images, mlir::ShapedType::getNumElements(shape.drop_front()));
}

Expected<DataSet> Session::loadData(StringRef images, StringRef labels,
                                    const ImageOptions &options,
                                    train::LossKind loss) const {
  if (signature.inputs.size() != 1)
    return loadImages(images, options).takeError();
  if (Error error = checkLoss(loss))
    return std::move(error);
  Expected<ImageSet> imageSet = loadImages(images, options);
  if (!imageSet)
    return imageSet.takeError();
  Expected<LabelSet> labelSet =
      loadLabels(labels, {imageSet->size(), imageSet->getPath()}, loss);
  if (!labelSet)
    return labelSet.takeError();
  return DataSet{std::move(*imageSet), std::move(*labelSet)};
}

Expected<SetResult> evaluateFile(const ModelOptions &model, StringRef images,
                                 StringRef labels, const ImageOptions &image,
                                 train::LossKind loss) {
  Expected<Session> session = Session::open(model);
  if (!session)
    return session.takeError();
  Expected<DataSet> data = session->loadData(images, labels, image, loss);
  if (!data)
    return data.takeError();
  auto program = session->compile(compileOptions(model));
  if (!program)
    return program.takeError();
  AlignedBuffer state = (*program)->createState();
  Expected<EvalResult> result =
      evaluate(**program, state, *data, loss, model.quiet, model.progress);
  if (!result)
    return result.takeError();
  return SetResult{
      *result, data->labels.areClasses(), data->images.size(),
      (*program)->entry(EntryKind::Inference).inputs[0].shape.front()};
}

} // namespace coppice::runtime

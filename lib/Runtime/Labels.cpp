//===- Labels.cpp - Label files as input of a loss --------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Runtime/Labels.h"

#include "lib/Runtime/Images.h"
#include "lib/Runtime/Npy.h"
#include "lib/Support/UserError.h"
#include "llvm/Support/FormatVariadic.h"

using namespace llvm;

namespace coppice::runtime {

/// Reads a file of labels; a single number is the label of one image.
static Expected<HostTensor> readLabels(StringRef path) {
  Expected<HostTensor> file = readNpy(path);
  if (file && file->getShape().empty())
    file->reshape({1});
  return file;
}

static Error checkCount(StringRef path, const HostTensor &labels,
                        const Labelled &images) {
  if (labels.getShape().front() == images.count)
    return Error::success();
  return userError(path,
                   Twine(labels.getShape().front()) + " labels for the " +
                       Twine(images.count) + " images of " + images.path,
                   "the two files must belong together");
}

/// Returns what to do to make class numbers of other labels.
static std::string hintForClasses(const HostTensor &labels, int64_t classes) {
  ArrayRef<int64_t> shape = labels.getShape();
  if (shape.size() == 2 && shape.back() == classes && classes > 1)
    return "class labels are integers from 0: of one-hot rows save "
           "labels.argmax(axis=1)";
  if (isFloat(labels.getKind()))
    return "class labels are integers from 0; float targets belong to "
           "--loss=mse or bce";
  if (!shape.empty() && labels.size() == shape.front())
    return "give one number per image: save labels.reshape(-1)";
  return "give one number per image";
}

Expected<LabelSet> LabelSet::loadClasses(StringRef path, const Labelled &images,
                                         int64_t classes) {
  Expected<HostTensor> file = readLabels(path);
  if (!file)
    return file.takeError();
  if (isFloat(file->getKind()))
    return userError(path, "labels are " + name(file->getKind()),
                     hintForClasses(*file, classes));
  if (file->getShape().size() != 1)
    return userError(path, "labels have shape " + formatShape(file->getShape()),
                     hintForClasses(*file, classes));
  if (Error error = checkCount(path, *file, images))
    return std::move(error);
  for (int64_t i = 0, e = file->size(); i < e; ++i) {
    int64_t label = file->getAsInteger(i);
    if (label < 0 || label >= classes)
      return userError(path,
                       "label " + Twine(label) + " of image " + Twine(i) +
                           " is outside the model's " + Twine(classes) +
                           " classes",
                       "labels count from 0");
  }
  LabelSet result;
  result.values = file->convert(ElementKind::I64);
  return std::move(result);
}

Error checkScores(const HostTensor &scores, train::LossKind loss) {
  // The codes of a quantized output may exceed the range a little.
  constexpr double kSlack = 0.01;
  std::optional<train::ScoreRange> range = train::getScoreRange(loss);
  for (int64_t i = 0, e = range ? scores.size() : 0; i < e; ++i) {
    double score = scores.getAsDouble(i);
    if (score < range->low - kSlack || score > range->high + kSlack)
      return userError("--loss=" + train::stringifyLoss(loss),
                       formatv("the model gives {0}, and the loss takes {1}",
                               format("%g", score), range->what)
                           .str(),
                       "for scores take --loss=" +
                           train::stringifyLoss(range->ofScores));
  }
  return Error::success();
}

Error checkTargets(StringRef path, const HostTensor &targets,
                   train::LossKind loss) {
  if (Error error = checkValues(path, "target", targets, {}))
    return error;
  if (!train::takesProbabilities(loss))
    return Error::success();
  ArrayRef<int64_t> shape = targets.getShape();
  int64_t rowSize =
      shape.empty() || shape.front() == 0 ? 1 : targets.size() / shape.front();
  for (int64_t i = 0, e = targets.size(); i < e; ++i)
    if (double value = targets.getAsDouble(i); value < 0 || value > 1)
      return userError(
          path,
          formatv("target {0} holds {1}", i / rowSize, format("%g", value))
              .str(),
          "the loss " + train::stringifyLoss(loss) +
              " takes targets from 0 to 1; for others take "
              "--loss=mse");
  return Error::success();
}

Expected<LabelSet> LabelSet::loadTargets(StringRef path, const Labelled &images,
                                         ArrayRef<int64_t> shape,
                                         train::LossKind loss) {
  Expected<HostTensor> file = readLabels(path);
  if (!file)
    return file.takeError();
  SmallVector<int64_t> wanted(shape);
  wanted.front() = images.count;
  std::string needs = ("the loss " + train::stringifyLoss(loss) +
                       " takes float targets of shape " + formatShape(wanted))
                          .str();
  ArrayRef<int64_t> given = file->getShape();
  if (!isFloat(file->getKind())) {
    std::string hint = "save labels.astype('float32')";
    if (given.size() == 1 && given != ArrayRef(wanted))
      hint = mlir::ShapedType::getNumElements(wanted) == given.front()
                 ? "save labels.reshape(" + formatShape(wanted) +
                       ").astype('float32')"
                 : "class numbers belong to --loss=softmax-cross-entropy";
    return userError(path, "targets are " + name(file->getKind()),
                     needs + "; " + hint);
  }
  if (given.empty() || given.drop_front() != shape.drop_front()) {
    bool reshapes =
        !given.empty() &&
        file->size() == given.front() * mlir::ShapedType::getNumElements(
                                            shape.drop_front());
    return userError(path,
                     "targets of shape " + formatShape(given) +
                         " do not fit the model's output " + formatShape(shape),
                     needs + (reshapes ? "; reshape the file to it" : ""));
  }
  if (Error error = checkCount(path, *file, images))
    return std::move(error);
  if (Error error = checkTargets(path, *file, loss))
    return std::move(error);
  LabelSet result;
  result.values = std::move(*file);
  return std::move(result);
}

void LabelSet::fill(int64_t index, int64_t slot, HostTensor &batch) const {
  if (areClasses()) {
    batch.as<int64_t>()[slot] = getClass(index);
    return;
  }
  int64_t size = batch.size() / batch.getShape().front();
  for (int64_t i = 0; i < size; ++i)
    batch.set(slot * size + i, values.getAsDouble(index * size + i));
}

} // namespace coppice::runtime

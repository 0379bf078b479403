//===- Images.cpp - Image and label files as batches of a model's input -*- C++
//-*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Driver/Images.h"

#include "lib/Driver/Npy.h"
#include "lib/Support/UserError.h"
#include "llvm/ADT/StringExtras.h"

#include <algorithm>
#include <cmath>

using namespace llvm;

namespace coppice::driver {

Error parseResize(StringRef text, ImageOptions &options) {
  auto [size, method] = text.split(',');
  auto [heightText, widthText] = size.split('x');
  int64_t height, width;
  if (heightText.getAsInteger(10, height) ||
      widthText.getAsInteger(10, width) || height < 1 || width < 1 ||
      height > 1 << 16 || width > 1 << 16)
    return userError("--resize=" + text, "'" + size + "' is not a size",
                     "write height x width, as in --resize=128x128");
  if (method.empty() || method == "bilinear")
    options.method = ResizeMethod::Bilinear;
  else if (method == "nearest")
    options.method = ResizeMethod::Nearest;
  else
    return userError("--resize=" + text, "unknown method '" + method + "'",
                     "use nearest or bilinear");
  options.resize = {height, width};
  return Error::success();
}

/// Expands a list of one to `channels`.
static Error broadcast(StringRef flag, SmallVectorImpl<double> &values,
                       double fallback, int64_t channels) {
  if (values.empty())
    values.push_back(fallback);
  if (values.size() == 1)
    values.resize(channels, values.front());
  if (static_cast<int64_t>(values.size()) != channels)
    return userError(flag,
                     Twine(values.size()) + " values for " + Twine(channels) +
                         " channels",
                     "give one value, or one per channel");
  return Error::success();
}

Expected<ImageSet> ImageSet::load(StringRef path, const ImageOptions &options,
                                  ArrayRef<int64_t> inputShape,
                                  ElementKind inputKind) {
  Expected<HostTensor> file = readNpy(path);
  if (!file)
    return file.takeError();
  if (!isFloat(file->getKind()) && file->getKind() != ElementKind::U8 &&
      file->getKind() != ElementKind::I8)
    return userError(path, "images are " + name(file->getKind()),
                     "save them as uint8 or float32");
  ArrayRef<int64_t> shape = file->getShape();
  if (shape.size() < 2)
    return userError(path, "has shape " + formatShape(shape),
                     "images are N x H x W or N x H x W x C");
  if (shape.front() == 0)
    return userError(path, "holds no image");
  if (!isFloat(inputKind))
    return userError(path,
                     "the model's input is " + name(inputKind) + ", not float",
                     "use 'coppice run' with a tensor in the model's type");

  ImageSet set;
  set.path = path.str();
  set.options = options;
  ArrayRef<int64_t> sample = inputShape.drop_front();
  bool preprocessed =
      options.resize || !options.mean.empty() || !options.std.empty();

  // Images proper: H x W [x C] against C x H x W or H x W x C.
  if (shape.size() == 3 || shape.size() == 4) {
    int64_t h = shape[1], w = shape[2], c = shape.size() == 4 ? shape[3] : 1;
    set.height = h, set.width = w;
    set.outHeight = options.resize ? options.resize->first : h;
    set.outWidth = options.resize ? options.resize->second : w;
    bool first = sample.equals({c, set.outHeight, set.outWidth});
    bool last = sample.equals({set.outHeight, set.outWidth, c});
    if (h > 0 && w > 0 && c > 0 && (first || last)) {
      set.channels = c;
      set.channelsFirst = first;
    }
  }
  if (!set.isImage()) {
    bool same = sample.equals(shape.drop_front());
    if (!same || options.resize) {
      std::string got = formatShape(shape.drop_front());
      if (options.resize)
        got += " resized to " + std::to_string(set.outHeight) + "x" +
               std::to_string(set.outWidth);
      bool square = shape.size() >= 3 && sample.size() == 3;
      std::string hint =
          square ? "resize with --resize=HxW, or check the number of channels"
                 : "check that the file belongs to this model";
      return userError(path,
                       "images of shape " + got +
                           " do not fit the model's input " +
                           formatShape(inputShape),
                       hint);
    }
    if (preprocessed && (options.mean.size() > 1 || options.std.size() > 1))
      return userError("--mean, --std",
                       "one value per channel needs images with channels");
  }

  int64_t channels = std::max<int64_t>(set.channels, 1);
  if (Error error = broadcast("--mean", set.options.mean, 0.0, channels))
    return std::move(error);
  if (Error error = broadcast("--std", set.options.std, 1.0, channels))
    return std::move(error);
  for (double value : set.options.std)
    if (!(std::abs(value) > 0))
      return userError("--std", "the standard deviation must not be 0");

  if (file->getKind() == ElementKind::U8 && !options.resize)
    for (int64_t c = 0; c < channels; ++c)
      for (int value = 0; value < 256; ++value)
        set.table.push_back(static_cast<float>((value - set.options.mean[c]) /
                                               set.options.std[c]));
  set.pixels = std::move(*file);
  return std::move(set);
}

float ImageSet::pixel(int64_t sample, int64_t y, int64_t x, int64_t c) const {
  return static_cast<float>(
      pixels.getAsDouble(((sample * height + y) * width + x) * channels + c));
}

/// The two source rows (or columns) of one of `out` results over `in` inputs,
/// and the weight of the second.
static std::tuple<int64_t, int64_t, float> taps(int64_t index, int64_t out,
                                                int64_t in) {
  double source = (index + 0.5) * static_cast<double>(in) / out - 0.5;
  source = std::clamp(source, 0.0, static_cast<double>(in - 1));
  int64_t low = static_cast<int64_t>(source);
  return {low, std::min(low + 1, in - 1), static_cast<float>(source - low)};
}

static int64_t nearest(int64_t index, int64_t out, int64_t in) {
  double source = (index + 0.5) * static_cast<double>(in) / out;
  return std::min(static_cast<int64_t>(source), in - 1);
}

void ImageSet::fill(int64_t index, bool flip, int64_t slot,
                    HostTensor &batch) const {
  int64_t sampleSize = batch.size() / batch.getShape().front();
  int64_t base = slot * sampleSize;
  auto store = [&](int64_t offset, float value) {
    if (batch.getKind() == ElementKind::F32)
      batch.as<float>()[base + offset] = value;
    else
      batch.set(base + offset, value);
  };

  if (!isImage()) {
    for (int64_t i = 0; i < sampleSize; ++i)
      store(i, static_cast<float>((pixels.getAsDouble(index * sampleSize + i) -
                                   options.mean[0]) /
                                  options.std[0]));
    return;
  }

  for (int64_t y = 0; y < outHeight; ++y)
    for (int64_t x = 0; x < outWidth; ++x)
      for (int64_t c = 0; c < channels; ++c) {
        int64_t target = flip ? outWidth - 1 - x : x;
        int64_t offset = channelsFirst ? (c * outHeight + y) * outWidth + target
                                       : (y * outWidth + target) * channels + c;
        if (!table.empty()) {
          store(offset,
                table[c * 256 +
                      pixels.as<uint8_t>()
                          [((index * height + y) * width + x) * channels + c]]);
          continue;
        }
        double value;
        if (!options.resize) {
          value = pixel(index, y, x, c);
        } else if (options.method == ResizeMethod::Nearest) {
          value = pixel(index, nearest(y, outHeight, height),
                        nearest(x, outWidth, width), c);
        } else {
          auto [y0, y1, fy] = taps(y, outHeight, height);
          auto [x0, x1, fx] = taps(x, outWidth, width);
          float top =
              pixel(index, y0, x0, c) * (1 - fx) + pixel(index, y0, x1, c) * fx;
          float bottom =
              pixel(index, y1, x0, c) * (1 - fx) + pixel(index, y1, x1, c) * fx;
          value = top * (1 - fy) + bottom * fy;
        }
        store(offset,
              static_cast<float>((value - options.mean[c]) / options.std[c]));
      }
}

//===----------------------------------------------------------------------===//
// Labels
//===----------------------------------------------------------------------===//

static Error checkCount(StringRef path, const HostTensor &labels,
                        const ImageSet &images) {
  if (labels.getShape().front() == images.size())
    return Error::success();
  return userError(path,
                   Twine(labels.getShape().front()) + " labels for the " +
                       Twine(images.size()) + " images of " + images.getPath(),
                   "the two files must belong together");
}

Expected<LabelSet> LabelSet::loadClasses(StringRef path, const ImageSet &images,
                                         int64_t classes) {
  Expected<HostTensor> file = readNpy(path);
  if (!file)
    return file.takeError();
  if (isFloat(file->getKind()))
    return userError(path, "labels are " + name(file->getKind()),
                     "class labels are integers from 0");
  if (file->getShape().size() != 1)
    return userError(path, "labels have shape " + formatShape(file->getShape()),
                     "give one number per image");
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

Expected<LabelSet> LabelSet::loadTargets(StringRef path, const ImageSet &images,
                                         ArrayRef<int64_t> shape) {
  Expected<HostTensor> file = readNpy(path);
  if (!file)
    return file.takeError();
  if (!isFloat(file->getKind()))
    return userError(path, "targets are " + name(file->getKind()),
                     "this loss takes float targets");
  if (file->getShape().empty() ||
      file->getShape().drop_front() != shape.drop_front())
    return userError(path,
                     "targets of shape " + formatShape(file->getShape()) +
                         " do not fit the model's output " + formatShape(shape),
                     "give one target per image");
  if (Error error = checkCount(path, *file, images))
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

} // namespace coppice::driver

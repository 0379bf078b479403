//===- Images.cpp - Image files as a model's input --------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Runtime/Images.h"

#include "lib/Runtime/Npy.h"
#include "lib/Support/Count.h"
#include "lib/Support/UserError.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

#include <cmath>

using namespace llvm;

namespace coppice::runtime {

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

/// Formats the place of element `index` in a sample of the tensor: `[1, 2]`.
static std::string formatPlace(ArrayRef<int64_t> shape, int64_t index) {
  SmallVector<int64_t, 4> place(shape.size());
  for (size_t i = shape.size(); i-- > 0; index /= shape[i])
    place[i] = index % shape[i];
  return formatShape(place);
}

Error checkValues(StringRef path, StringRef what, const HostTensor &tensor,
                  const ImageInput &input) {
  ArrayRef<int64_t> shape = tensor.getShape();
  int64_t sampleSize =
      shape.empty() || shape.front() == 0 ? 1 : tensor.size() / shape.front();
  auto where = [&](int64_t i) {
    std::string text = (what + " " + Twine(i / sampleSize)).str();
    return shape.size() < 2
               ? text
               : text + " at " +
                     formatPlace(shape.drop_front(), i % sampleSize);
  };
  if (isFloat(tensor.getKind())) {
    for (int64_t i = 0, e = tensor.size(); i < e; ++i)
      // Every other float type is computed from float32, so float32 must hold
      // the value.
      if (double value = tensor.getAsDouble(i);
          !std::isfinite(static_cast<float>(value)))
        return userError(path,
                         (what + " " + Twine(i / sampleSize)).str() +
                             " is not finite" +
                             (std::isfinite(value) ? " in float32" : "") +
                             ": it holds " + formatNumber(value),
                         "leave it out, or mend the file");
    return Error::success();
  }
  HostTensor converted = tensor.convert(input.kind);
  for (int64_t i = 0, e = tensor.size(); i < e; ++i) {
    int64_t value = tensor.getAsInteger(i);
    bool isLarge = tensor.getKind() == ElementKind::U64 && value < 0;
    bool staysLarge = input.kind == ElementKind::U64;
    if (converted.getAsInteger(i) != value ||
        (value < 0 && isLarge != staysLarge))
      return userError(path,
                       where(i) + " is " + Twine(value) + ", which " +
                           name(input.kind) + " does not hold",
                       "the model's input is " + name(input.kind));
    if (!input.indexBounds)
      continue;
    auto [low, high] = *input.indexBounds;
    if (value < low || value > high)
      return userError(path,
                       where(i) + " is " + Twine(value) +
                           ", outside the table of " + Twine(high + 1) +
                           " that the model looks it up in",
                       "indices go from 0 to " + Twine(high) + ", or from " +
                           Twine(low) + " to -1 from its end");
  }
  return Error::success();
}

namespace {
/// A way to read the samples of a file as images for the model.
struct Reading {
  ImageLayout file, model;
  int64_t height, width, channels;

  /// Whether the samples are in the model's own order.
  bool copies() const { return file == model || channels == 1; }
  /// Whether it looks like an image: few channels, more rows and more columns.
  bool isUsual() const {
    return channels <= 4 && height > channels && width > channels;
  }
};
} // namespace

/// Returns the ways to read samples of shape `file` that fit the model's input.
static SmallVector<Reading> listReadings(ArrayRef<int64_t> file,
                                         const ImageOptions &options,
                                         const ImageInput &input) {
  SmallVector<Reading> readings;
  ArrayRef<int64_t> sample = ArrayRef(input.shape).drop_front();
  if (is_contained(file, 0))
    return readings;
  for (ImageLayout layout : {ImageLayout::NHWC, ImageLayout::NCHW}) {
    bool last = layout == ImageLayout::NHWC;
    if (file.size() == 2 ? !last : options.layout.value_or(layout) != layout)
      continue;
    int64_t height = last ? file[0] : file[1], width = last ? file[1] : file[2];
    int64_t channels = file.size() == 2 ? 1 : last ? file[2] : file[0];
    int64_t outHeight = options.resize ? options.resize->first : height;
    int64_t outWidth = options.resize ? options.resize->second : width;
    bool fitsFirst = sample.equals({channels, outHeight, outWidth});
    bool fitsLast = sample.equals({outHeight, outWidth, channels});
    // A sample of rows and columns alone is a vector, unless flags ask for an
    // image.
    if (file.size() == 2 && sample.size() == 2)
      fitsLast = (options.resize || options.mirrors) &&
                 sample.equals({outHeight, outWidth});
    for (auto [model, fits] : {std::pair(ImageLayout::NCHW, fitsFirst),
                               std::pair(ImageLayout::NHWC, fitsLast)})
      if (fits && input.layout.value_or(model) == model)
        readings.push_back({layout, model, height, width, channels});
  }
  return readings;
}

static StringRef describe(ImageLayout layout) {
  return layout == ImageLayout::NHWC ? "N x H x W x C" : "N x C x H x W";
}

/// Returns what to do to make samples of shape `file` fit the model.
static std::string findHint(ArrayRef<int64_t> file, const ImageOptions &options,
                            const ImageInput &input) {
  if ((file.size() != 2 && file.size() != 3) || input.shape.size() != 4)
    return "check that the file belongs to this model";
  bool isUsual = true;
  auto fits = [&](const ImageOptions &other) {
    return any_of(
        listReadings(file, other, input),
        [&](const Reading &reading) { return !isUsual || reading.isUsual(); });
  };
  ImageOptions other = options;
  other.layout.reset();
  if (options.layout && fits(other))
    return "drop --layout";
  // Try the readings that look like images first.
  for (isUsual = true;; isUsual = false) {
    for (size_t axis : {2, 1}) {
      ImageOptions resized = options;
      resized.resize = {input.shape[axis], input.shape[axis + 1]};
      std::string flag = "--resize=" + std::to_string(input.shape[axis]) + "x" +
                         std::to_string(input.shape[axis + 1]);
      if (fits(resized))
        return "resize with " + flag;
      resized.layout.reset();
      if (fits(resized))
        return "drop --layout, and resize with " + flag;
    }
    // Try the others only if the model tells the axis of the channels.
    if (!isUsual || !input.layout)
      break;
  }
  return "the number of channels differs, which --resize does not change";
}

Error ImageSet::chooseReading(const ImageInput &input) {
  ArrayRef<int64_t> file = pixels.getShape().drop_front();
  SmallVector<Reading> readings;
  if (file.size() == 2 || file.size() == 3)
    readings = listReadings(file, options, input);
  if (readings.empty()) {
    bool same = ArrayRef(input.shape).drop_front().equals(file);
    if (same && options.layout)
      return userError(path,
                       "samples of shape " + formatShape(file) + " are not " +
                           describe(*options.layout) +
                           " images for the model's input " +
                           formatShape(input.shape),
                       "drop --layout");
    if (same && options.mirrors)
      return userError("--augment=hflip",
                       "mirrors images, and " + path +
                           " holds samples of shape " + formatShape(file),
                       "drop it");
    if (same && !options.resize) {
      if (options.mean.size() > 1 || options.std.size() > 1)
        return userError("--mean, --std",
                         "one value per channel needs images with channels");
      return Error::success();
    }
    std::string got = formatShape(file);
    if (options.layout)
      got += (" (" + describe(*options.layout) + ")").str();
    if (options.resize)
      got += " resized to " + std::to_string(options.resize->first) + "x" +
             std::to_string(options.resize->second);
    return userError(path,
                     "images of shape " + got +
                         " do not fit the model's input " +
                         formatShape(input.shape),
                     findHint(file, options, input));
  }
  // Of the possible readings, prefer those that look like images.
  if (any_of(readings, [](const Reading &r) { return r.isUsual(); }))
    erase_if(readings, [](const Reading &r) { return !r.isUsual(); });
  // If only --layout can decide, the model has ONNX's own layout.
  bool oriented = options.resize || options.mirrors ||
                  options.mean.size() > 1 || options.std.size() > 1;
  const Reading &first = readings.front();
  for (const Reading &other : ArrayRef(readings).drop_front()) {
    bool alike = (first.copies() && other.copies() && !oriented) ||
                 (first.channels == 1 && other.channels == 1);
    if (!alike && !options.layout)
      return userError(path,
                       "samples of shape " + formatShape(file) +
                           " may be H x W x C or C x H x W for the model's "
                           "input " +
                           formatShape(input.shape),
                       "say which with --layout=NHWC or --layout=NCHW");
  }
  fileLayout = first.file, modelLayout = first.model;
  height = first.height, width = first.width, channels = first.channels;
  outHeight = options.resize ? options.resize->first : height;
  outWidth = options.resize ? options.resize->second : width;
  return Error::success();
}

/// Returns the first of `--resize`, `--mean` and `--std` that was given.
static StringRef preprocessingFlag(const ImageOptions &options) {
  return options.resize          ? "--resize"
         : !options.mean.empty() ? "--mean"
         : !options.std.empty()  ? "--std"
                                 : "";
}

Expected<ImageSet> ImageSet::load(StringRef path, const ImageOptions &options,
                                  const ImageInput &input) {
  Expected<HostTensor> file = readNpy(path);
  if (!file)
    return file.takeError();
  bool integers = !isFloat(input.kind);
  ElementKind kind = file->getKind();
  if (integers && isFloat(kind))
    return userError(path,
                     "holds " + name(kind) + " where the model's input is " +
                         name(input.kind),
                     "save it as " + name(input.kind));
  if (!integers && !isFloat(kind) && kind != ElementKind::U8 &&
      kind != ElementKind::I8)
    return userError(path, "images are " + name(kind),
                     "save them as uint8 or float32");
  ArrayRef<int64_t> shape = file->getShape();
  if (shape.size() < 2 &&
      !(shape.size() == 1 && input.shape.size() == 1 && integers))
    return userError(path, "has shape " + formatShape(shape),
                     "images are N x H x W, N x H x W x C or N x C x H x W; is "
                     "this the file of labels?");
  if (shape.front() == 0)
    return userError(path, "holds no image");
  if (StringRef flag = preprocessingFlag(options); integers && !flag.empty())
    return userError(flag,
                     "computes in floats, and the model's input is " +
                         name(input.kind),
                     "drop it: integers are taken as they are");

  ImageSet set;
  set.path = path.str();
  set.options = options;
  set.pixels = std::move(*file);
  if (Error error = set.chooseReading(input))
    return std::move(error);
  if (Error error =
          checkValues(path, integers ? "sample" : "image", set.pixels, input))
    return std::move(error);
  if (integers) {
    set.pixels = set.pixels.convert(input.kind);
    return std::move(set);
  }

  int64_t channels = std::max<int64_t>(set.channels, 1);
  if (Error error = broadcast("--mean", set.options.mean, 0.0, channels))
    return std::move(error);
  if (Error error = broadcast("--std", set.options.std, 1.0, channels))
    return std::move(error);
  for (double value : set.options.std)
    if (!(std::abs(value) > 0))
      return userError("--std", "the standard deviation must not be 0");

  if (kind == ElementKind::U8 && !options.resize)
    for (int64_t c = 0; c < channels; ++c)
      for (int value = 0; value < 256; ++value)
        set.table.push_back(static_cast<float>((value - set.options.mean[c]) /
                                               set.options.std[c]));
  return std::move(set);
}

} // namespace coppice::runtime

//===- Preprocess.cpp - Resizing and normalizing images ---------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Runtime/Images.h"

#include "lib/Support/UserError.h"

#include <algorithm>
#include <array>
#include <cstring>

using namespace llvm;

namespace coppice::runtime {

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

float ImageSet::pixel(int64_t sample, int64_t y, int64_t x, int64_t c) const {
  return static_cast<float>(pixels.getAsDouble(offset(sample, y, x, c)));
}

/// Returns the two source rows (or columns) of one of `out` results over `in`
/// inputs, and the weight of the second.
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

/// Returns the place of an element in a sample of `shape`, {H, W, C}.
static int64_t placeOf(ImageLayout layout, std::array<int64_t, 3> shape,
                       int64_t y, int64_t x, int64_t c) {
  auto [height, width, channels] = shape;
  return layout == ImageLayout::NCHW ? (c * height + y) * width + x
                                     : (y * width + x) * channels + c;
}

void ImageSet::fill(int64_t index, bool flip, int64_t slot,
                    HostTensor &batch) const {
  if (!isFloat(batch.getKind()))
    return fillIntegers(index, flip, slot, batch);
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
        int64_t place = placeOf(modelLayout, {outHeight, outWidth, channels}, y,
                                flip ? outWidth - 1 - x : x, c);
        if (!table.empty()) {
          store(place,
                table[c * 256 + pixels.as<uint8_t>()[offset(index, y, x, c)]]);
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
        store(place,
              static_cast<float>((value - options.mean[c]) / options.std[c]));
      }
}

void ImageSet::fillIntegers(int64_t index, bool flip, int64_t slot,
                            HostTensor &batch) const {
  size_t bytes = byteWidth(batch.getKind());
  int64_t sampleSize = batch.size() / batch.getShape().front();
  char *to = batch.data() + slot * sampleSize * bytes;
  if (!isImage()) {
    std::memcpy(to, pixels.data() + index * sampleSize * bytes,
                sampleSize * bytes);
    return;
  }
  for (int64_t y = 0; y < height; ++y)
    for (int64_t x = 0; x < width; ++x)
      for (int64_t c = 0; c < channels; ++c) {
        int64_t place = placeOf(modelLayout, {height, width, channels}, y,
                                flip ? width - 1 - x : x, c);
        std::memcpy(to + place * bytes,
                    pixels.data() + offset(index, y, x, c) * bytes, bytes);
      }
}

} // namespace coppice::runtime

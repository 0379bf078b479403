//===- Images.h - Image files as batches of a model's input -----*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_RUNTIME_IMAGES_H
#define COPPICE_LIB_RUNTIME_IMAGES_H

#include "lib/Runtime/HostTensor.h"

namespace coppice::runtime {

enum class ResizeMethod { Bilinear, Nearest };

/// The position of the channels in an image.
enum class ImageLayout { NHWC, NCHW };

/// The preprocessing flags. Images are resized first, in float, with half-pixel
/// centres, without antialiasing and rounding. Then value = (pixel - mean) /
/// std.
struct ImageOptions {
  std::optional<ImageLayout> layout; // of the file; not given: inferred
  bool mirrors = false;              // whether images will be mirrored
  std::optional<std::pair<int64_t, int64_t>> resize; // height, width
  ResizeMethod method = ResizeMethod::Bilinear;
  llvm::SmallVector<double> mean, std; // empty, one, or one per channel
};

/// The properties of the input that images feed.
struct ImageInput {
  llvm::SmallVector<int64_t, 4> shape; // the first extent is the batch
  ElementKind kind;
  /// The layout, if an op that reads windows determines it.
  std::optional<ImageLayout> layout;
  /// The bounds of integers that are indices: least and largest.
  std::optional<std::pair<int64_t, int64_t>> indexBounds;
};

/// Returns an error that names the first element of `tensor` that `input`
/// cannot take: a float that is not finite, an integer that its type does not
/// hold, or an index outside of its table. Samples are along the first axis.
llvm::Error checkValues(llvm::StringRef path, llvm::StringRef what,
                        const HostTensor &tensor, const ImageInput &input);

/// Parses `HxW[,nearest|bilinear]`.
llvm::Error parseResize(llvm::StringRef text, ImageOptions &options);

/// A set of images, kept as stored and preprocessed sample by sample.
class ImageSet {
public:
  /// Reads `path` for a model's input. Integers feed integer inputs unchanged.
  static llvm::Expected<ImageSet> load(llvm::StringRef path,
                                       const ImageOptions &options,
                                       const ImageInput &input);

  int64_t size() const { return pixels.getShape().front(); }
  llvm::StringRef getPath() const { return path; }

  /// Writes sample `index`, preprocessed, as number `slot` of `batch`, which
  /// has the model's input shape. `flip` mirrors it left to right.
  void fill(int64_t index, bool flip, int64_t slot, HostTensor &batch) const;

  /// Whether samples have rows and columns, so that they can be mirrored.
  bool isImage() const { return channels > 0; }

private:
  llvm::Error chooseReading(const ImageInput &input);
  int64_t offset(int64_t sample, int64_t y, int64_t x, int64_t c) const {
    return fileLayout == ImageLayout::NHWC
               ? ((sample * height + y) * width + x) * channels + c
               : ((sample * channels + c) * height + y) * width + x;
  }
  float pixel(int64_t sample, int64_t y, int64_t x, int64_t c) const;
  void fillIntegers(int64_t index, bool flip, int64_t slot,
                    HostTensor &batch) const;

  std::string path;
  ImageOptions options;
  HostTensor pixels;
  // The extents of a stored sample; without channels it is a vector in the
  // model's layout.
  int64_t height = 0, width = 0, channels = 0;
  // The extents of the model's input.
  int64_t outHeight = 0, outWidth = 0;
  ImageLayout fileLayout = ImageLayout::NHWC, modelLayout = ImageLayout::NCHW;
  // The preprocessed values by channel and byte, if pixels are uint8 and not
  // resized.
  llvm::SmallVector<float> table;
};

} // namespace coppice::runtime

#endif // COPPICE_LIB_RUNTIME_IMAGES_H

//===- Images.h - Image and label files as batches of a model's input -*- C++
//-*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_DRIVER_IMAGES_H
#define COPPICE_LIB_DRIVER_IMAGES_H

#include "lib/Driver/HostTensor.h"

namespace coppice::driver {

enum class ResizeMethod { Bilinear, Nearest };

/// The preprocessing flags. Resizing comes first, in float, with half-pixel
/// centres and neither antialiasing nor rounding; then
/// value = (pixel - mean) / std.
struct ImageOptions {
  std::optional<std::pair<int64_t, int64_t>> resize; // height, width
  ResizeMethod method = ResizeMethod::Bilinear;
  llvm::SmallVector<double> mean, std; // empty, one, or one per channel
};

/// Parses `HxW[,nearest|bilinear]`.
llvm::Error parseResize(llvm::StringRef text, ImageOptions &options);

/// A set of images, kept as stored and preprocessed sample by sample.
class ImageSet {
public:
  /// Reads `path` for a model input of the given shape (its first extent is
  /// the batch, and may be dynamic) and element kind. The layout (NCHW or
  /// NHWC) is the one that the shape fits.
  static llvm::Expected<ImageSet> load(llvm::StringRef path,
                                       const ImageOptions &options,
                                       llvm::ArrayRef<int64_t> inputShape,
                                       ElementKind inputKind);

  int64_t size() const { return pixels.getShape().front(); }
  llvm::StringRef getPath() const { return path; }

  /// Writes sample `index`, preprocessed, as number `slot` of `batch`, which
  /// has the model's input shape. `flip` mirrors it left to right.
  void fill(int64_t index, bool flip, int64_t slot, HostTensor &batch) const;

  /// Whether samples have rows and columns, so that a flip means something.
  bool isImage() const { return channels > 0; }

private:
  float pixel(int64_t sample, int64_t y, int64_t x, int64_t c) const;

  std::string path;
  ImageOptions options;
  HostTensor pixels;
  // Of a stored sample; no channels: a vector in the model's own layout.
  int64_t height = 0, width = 0, channels = 0;
  // Of the model's input.
  int64_t outHeight = 0, outWidth = 0;
  bool channelsFirst = true;
  // Per channel and byte value, where pixels are uint8 and are not resized.
  llvm::SmallVector<float> table;
};

/// What the model should say: class numbers, or target tensors.
class LabelSet {
public:
  /// Reads class numbers. `images` is the set they belong to; `classes` bounds
  /// them.
  static llvm::Expected<LabelSet>
  loadClasses(llvm::StringRef path, const ImageSet &images, int64_t classes);
  /// Reads targets of the given shape (its first extent is the batch).
  static llvm::Expected<LabelSet> loadTargets(llvm::StringRef path,
                                              const ImageSet &images,
                                              llvm::ArrayRef<int64_t> shape);

  bool areClasses() const { return !isFloat(values.getKind()); }
  int64_t getClass(int64_t index) const { return values.getAsInteger(index); }

  /// Writes label `index` as number `slot` of `batch`.
  void fill(int64_t index, int64_t slot, HostTensor &batch) const;

private:
  HostTensor values;
};

} // namespace coppice::driver

#endif // COPPICE_LIB_DRIVER_IMAGES_H

//===- Window.h - Attributes of sliding windows -----------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_FRONTENDS_ONNX_WINDOW_H
#define COPPICE_FRONTENDS_ONNX_WINDOW_H

#include "python-free-frontends/ONNX/Importer.h"

namespace coppice::onnx_frontend {

/// A window in the form of the nn ops: two axes, pads [top, left, bottom,
/// right].
struct Window {
  llvm::SmallVector<int64_t> kernel{1, 1}, strides{1, 1}, dilations{1, 1},
      pads{0, 0, 0, 0};
  /// The elements that ceil_mode adds at the end of each axis, beyond the pads.
  llvm::SmallVector<int64_t> ceilPads{0, 0};
};

/// Reads auto_pad of a node whose attribute pads is `pads`. Reports an unknown
/// mode, and a mode that contradicts the pads.
std::string readAutoPad(NodeImporter &node, llvm::ArrayRef<int64_t> pads);

/// Reads strides, dilations, pads, auto_pad and ceil_mode of a node that slides
/// `kernel` over an input with extents `spatial` (1 or 2 axes). After an error
/// is reported, returns the default window.
Window readWindow(NodeImporter &node, llvm::ArrayRef<int64_t> spatial,
                  llvm::ArrayRef<int64_t> kernel);

} // namespace coppice::onnx_frontend

#endif // COPPICE_FRONTENDS_ONNX_WINDOW_H

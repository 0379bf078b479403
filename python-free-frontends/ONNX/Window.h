//===- Window.h - Attributes of sliding windows -----------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_FRONTENDS_ONNX_WINDOW_H
#define COPPICE_FRONTENDS_ONNX_WINDOW_H

#include "python-free-frontends/ONNX/Importer.h"

namespace coppice::onnx_frontend {

/// A window as the nn ops take it: two axes, pads [top, left, bottom, right].
struct Window {
  llvm::SmallVector<int64_t> kernel{1, 1}, strides{1, 1}, dilations{1, 1},
      pads{0, 0, 0, 0};
  /// Per axis: what ceil_mode adds at the end, beyond the pads.
  llvm::SmallVector<int64_t> ceilPads{0, 0};
};

/// Reads auto_pad of a node with the attribute pads `pads`. A mode that ONNX
/// does not have is reported, and so is one that pads contradict.
std::string readAutoPad(NodeImporter &node, llvm::ArrayRef<int64_t> pads);

/// Reads strides, dilations, pads, auto_pad and ceil_mode of a node that
/// slides `kernel` over an input with extents `spatial` (1 or 2 axes). A
/// mistake is reported; then the window is the default one.
Window readWindow(NodeImporter &node, llvm::ArrayRef<int64_t> spatial,
                  llvm::ArrayRef<int64_t> kernel);

} // namespace coppice::onnx_frontend

#endif // COPPICE_FRONTENDS_ONNX_WINDOW_H

//===- Window.cpp - Attributes of sliding windows ---------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "python-free-frontends/ONNX/Window.h"

using namespace mlir;
using namespace coppice::onnx_frontend;

std::string coppice::onnx_frontend::readAutoPad(NodeImporter &node,
                                                ArrayRef<int64_t> pads) {
  std::string mode = node.getString("auto_pad", "NOTSET");
  if (!llvm::is_contained({"NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER", ""},
                          mode))
    (void)node.error("auto_pad '" + mode +
                     "' is unknown; it is NOTSET, VALID, SAME_UPPER or "
                     "SAME_LOWER");
  // Many exporters write pads of 0 beside auto_pad.
  else if (mode != "NOTSET" && !mode.empty() &&
           llvm::any_of(pads, [](int64_t pad) { return pad != 0; }))
    (void)node.error("auto_pad '" + mode +
                     "' cannot be used together with pads; remove one of the "
                     "two attributes");
  return mode;
}

Window coppice::onnx_frontend::readWindow(NodeImporter &node,
                                          ArrayRef<int64_t> spatial,
                                          ArrayRef<int64_t> kernel) {
  size_t axes = spatial.size();
  auto orDefault = [&](StringRef name, size_t count, int64_t value) {
    SmallVector<int64_t> result = node.getInts(name);
    if (result.empty())
      result.assign(count, value);
    if (result.size() != count) {
      (void)node.error("attribute '" + name + "' has " + Twine(result.size()) +
                       " values, not " + Twine(count));
      result.assign(count, value);
    }
    for (int64_t v : result)
      if (v > (1 << 30) || v < -(1 << 30))
        (void)node.error("attribute '" + name + "' has the absurd value " +
                         Twine(v));
    return result;
  };
  SmallVector<int64_t> strides = orDefault("strides", axes, 1),
                       dilations = orDefault("dilations", axes, 1),
                       pads = orDefault("pads", 2 * axes, 0);
  bool ceilMode = node.getInt("ceil_mode", 0) != 0;
  std::string autoPad = readAutoPad(node, pads);
  if (kernel.size() != axes)
    (void)node.error("the window has " + Twine(kernel.size()) +
                     " axes, the input " + Twine(axes));
  if (llvm::any_of(strides, [](int64_t v) { return v < 1; }))
    (void)node.error("strides must be positive");
  if (llvm::any_of(dilations, [](int64_t v) { return v < 1; }))
    (void)node.error("dilations must be positive");
  if (llvm::any_of(kernel, [](int64_t v) { return v < 1 || v > (1 << 20); }))
    (void)node.error("the window must have positive extents");
  if (llvm::any_of(spatial, [](int64_t v) { return v > int64_t(1) << 40; }))
    (void)node.error("the input is too large");
  if (!node.hasFailed() && llvm::any_of(pads, [](int64_t v) { return v < 0; }))
    (void)node.unsupported("negative pads");
  Window window;
  if (node.hasFailed())
    return window;
  for (size_t i = 0; i < axes; ++i) {
    size_t to = 2 - axes + i;
    int64_t low = pads[i], high = pads[axes + i];
    int64_t reach = dilations[i] * (kernel[i] - 1) + 1;
    if (autoPad == "VALID")
      low = high = 0;
    if (StringRef(autoPad).starts_with("SAME_")) {
      int64_t steps = llvm::divideCeil(spatial[i], strides[i]);
      int64_t total =
          std::max<int64_t>(0, (steps - 1) * strides[i] + reach - spatial[i]);
      low = autoPad == "SAME_UPPER" ? total / 2 : total - total / 2;
      high = total - low;
    }
    int64_t span = spatial[i] + low + high - reach;
    if (ceilMode && span >= 0) {
      int64_t steps = llvm::divideCeil(span, strides[i]) + 1;
      // A window that would start in the padding behind the input is dropped.
      if ((steps - 1) * strides[i] >= spatial[i] + low)
        --steps;
      window.ceilPads[to] =
          std::max<int64_t>(0, (steps - 1) * strides[i] - span);
    }
    window.kernel[to] = kernel[i];
    window.strides[to] = strides[i];
    window.dilations[to] = dilations[i];
    window.pads[to] = low;
    window.pads[2 + to] = high;
  }
  return window;
}

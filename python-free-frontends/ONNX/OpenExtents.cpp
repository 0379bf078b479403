//===- OpenExtents.cpp - Open extents from given tensors --------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "python-free-frontends/ONNX/OpenExtents.h"

#include "llvm/ADT/STLExtras.h"

using namespace coppice;
using namespace coppice::onnx_frontend;

static const ::onnx::TensorShapeProto::Dimension *
findDimension(const ::onnx::ValueInfoProto &input, size_t axis) {
  const ::onnx::TensorShapeProto &shape = input.type().tensor_type().shape();
  return axis < static_cast<size_t>(shape.dim_size())
             ? &shape.dim(static_cast<int>(axis))
             : nullptr;
}

OpenExtents::OpenExtents(
    const ONNXImportOptions &options,
    llvm::ArrayRef<const ::onnx::ValueInfoProto *> inputs) {
  for (const ::onnx::ValueInfoProto *input : inputs) {
    auto it = options.tensors.find(input->name());
    if (it == options.tensors.end() && inputs.size() == 1)
      it = options.tensors.find("");
    if (it == options.tensors.end())
      continue;
    const ::onnx::TypeProto::Tensor &type = input->type().tensor_type();
    if (!type.has_shape()) {
      shapes[input->name()] = it->second;
      continue;
    }
    // A tensor with another number of axes does not belong to this input.
    if (it->second.size() != static_cast<size_t>(type.shape().dim_size()))
      continue;
    shapes[input->name()] = it->second;
    for (auto [axis, extent] : llvm::enumerate(it->second)) {
      const auto &dimension = *findDimension(*input, axis);
      if (dimension.has_dim_value() && dimension.dim_value() >= 0)
        continue;
      if (!dimension.dim_param().empty())
        named.try_emplace(dimension.dim_param(), extent);
      if (axis == 0 && !batch)
        batch = extent;
    }
  }
}

std::optional<llvm::ArrayRef<int64_t>>
OpenExtents::getShape(const ::onnx::ValueInfoProto &input) const {
  auto it = shapes.find(input.name());
  if (it == shapes.end())
    return std::nullopt;
  return it->second;
}

std::optional<int64_t> OpenExtents::get(const ::onnx::ValueInfoProto &input,
                                        size_t axis) const {
  const auto *dimension = findDimension(input, axis);
  if (!dimension)
    return std::nullopt;
  if (auto it = named.find(dimension->dim_param()); it != named.end())
    return it->second;
  if (auto it = shapes.find(input.name()); it != shapes.end())
    return it->second[axis];
  return std::nullopt;
}

std::optional<int64_t>
OpenExtents::getBatch(const ::onnx::ValueInfoProto &input) const {
  std::optional<int64_t> own = get(input, 0);
  return own ? own : batch;
}

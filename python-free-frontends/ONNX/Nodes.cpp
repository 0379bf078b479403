//===- Nodes.cpp - Domains and reads of nodes -------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "python-free-frontends/ONNX/Nodes.h"

#include "llvm/ADT/STLExtras.h"

using namespace coppice;
using llvm::StringRef;

void onnx_frontend::forEachBody(
    const ::onnx::NodeProto &node,
    llvm::function_ref<void(const ::onnx::GraphProto &)> visit) {
  for (const ::onnx::AttributeProto &attribute : node.attribute()) {
    if (attribute.has_g())
      visit(attribute.g());
    for (const ::onnx::GraphProto &body : attribute.graphs())
      visit(body);
  }
}

void onnx_frontend::forEachBodyRead(const ::onnx::NodeProto &node,
                                    llvm::function_ref<void(StringRef)> visit) {
  forEachBody(node, [&](const ::onnx::GraphProto &body) {
    for (const ::onnx::NodeProto &inner : body.node()) {
      for (const std::string &name : inner.input())
        if (!name.empty())
          visit(name);
      forEachBodyRead(inner, visit);
    }
    for (const ::onnx::ValueInfoProto &output : body.output())
      visit(output.name());
  });
}

llvm::StringSet<>
onnx_frontend::findReadNames(const ::onnx::GraphProto &graph,
                             llvm::ArrayRef<std::string> wanted) {
  llvm::StringSet<> read;
  for (const ::onnx::ValueInfoProto &output : graph.output())
    read.insert(output.name());
  for (const std::string &name : wanted)
    read.insert(name);
  for (const ::onnx::NodeProto &node : llvm::reverse(graph.node())) {
    if (llvm::none_of(node.output(), [&](const std::string &name) {
          return !name.empty() && read.contains(name);
        }))
      continue;
    for (const std::string &name : node.input())
      read.insert(name);
    forEachBodyRead(node, [&](StringRef name) { read.insert(name); });
  }
  return read;
}

//===- TakenNames.cpp - New names for a graph -------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "python-free-frontends/ONNX/TakenNames.h"

#include "python-free-frontends/ONNX/Nodes.h"

using namespace coppice::onnx_frontend;

void TakenNames::collect(const ::onnx::GraphProto &graph) {
  for (const auto *list :
       {&graph.input(), &graph.output(), &graph.value_info()})
    for (const ::onnx::ValueInfoProto &value : *list)
      names.insert(value.name());
  for (const ::onnx::TensorProto &tensor : graph.initializer())
    names.insert(tensor.name());
  for (const ::onnx::SparseTensorProto &tensor : graph.sparse_initializer())
    names.insert(tensor.values().name());
  for (const ::onnx::NodeProto &node : graph.node()) {
    names.insert(node.name());
    for (const std::string &name : node.input())
      names.insert(name);
    for (const std::string &name : node.output())
      names.insert(name);
    forEachBody(node, [&](const ::onnx::GraphProto &body) { collect(body); });
  }
}

std::string TakenNames::make(const llvm::Twine &base) {
  std::string name = base.str();
  // Earlier calls with the same base took the smaller numbers.
  unsigned &number = numbers[name];
  while (!names.insert(name).second)
    name = (base + "_" + llvm::Twine(++number)).str();
  return name;
}

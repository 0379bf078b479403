//===- EvaluationMode.cpp - Puts models into evaluation mode ----*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "python-free-frontends/ONNX/GraphEditor.h"

#include "python-free-frontends/ONNX/Nodes.h"

using namespace coppice;
using namespace coppice::onnx_frontend;
using llvm::StringRef;

/// Whether only the first result is read.
static bool hasOneResult(const ::onnx::NodeProto &node,
                         const llvm::StringSet<> &read) {
  return llvm::none_of(llvm::drop_begin(node.output()),
                       [&](StringRef name) { return read.contains(name); });
}

void coppice::onnx_frontend::setEvaluationMode(::onnx::ModelProto &model) {
  ::onnx::GraphProto &graph = *model.mutable_graph();
  int64_t opset = 0;
  for (const ::onnx::OperatorSetIdProto &import : model.opset_import())
    if (isONNXDomain(import.domain()))
      opset = import.version();
  llvm::StringSet<> read;
  for (const ::onnx::NodeProto &node : graph.node())
    for (const std::string &name : node.input())
      read.insert(name);
  for (const ::onnx::ValueInfoProto &output : graph.output())
    read.insert(output.name());
  for (::onnx::NodeProto &node : *graph.mutable_node()) {
    bool isDropout = node.op_type() == "Dropout";
    if ((!isDropout && node.op_type() != "BatchNormalization") ||
        !hasOneResult(node, read))
      continue;
    while (node.output_size() > 1)
      node.mutable_output()->RemoveLast();
    if (opset < 7)
      setIntAttr(node, "is_test", 1);
    else if (!isDropout && opset >= 14)
      setIntAttr(node, "training_mode", 0);
    // An absent input means that training mode is off.
    while (isDropout && node.input_size() > 2)
      node.mutable_input()->RemoveLast();
  }
}

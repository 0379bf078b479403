//===- Model.cpp - A small network as an ONNX file --------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "examples/glyphs/Glyphs.h"
#include "lib/Support/OutputFile.h"
#include "lib/Support/UserError.h"

#include <cmath>

#define ONNX_ML 1
#define ONNX_NAMESPACE onnx
#include <onnx/onnx_pb.h>

using namespace coppice;
using namespace coppice::glyphs;

namespace {
class ModelWriter {
public:
  explicit ModelWriter(uint64_t seed) : seed(seed) {
    model.set_ir_version(7);
    model.set_producer_name("coppice-glyphs");
    model.add_opset_import()->set_version(13);
    graph()->set_name("glyphs");
  }

  onnx::GraphProto *graph() { return model.mutable_graph(); }
  std::string serialize() { return model.SerializeAsString(); }

  static void describe(onnx::ValueInfoProto *value, const std::string &name,
                       llvm::ArrayRef<int64_t> shape) {
    value->set_name(name);
    auto *type = value->mutable_type()->mutable_tensor_type();
    type->set_elem_type(onnx::TensorProto::FLOAT);
    for (int64_t extent : shape)
      type->mutable_shape()->add_dim()->set_dim_value(extent);
  }

  /// Adds a weight, uniform with He's variance (He et al., 2015); zeros if
  /// `fanIn` is 0.
  void weight(const std::string &name, llvm::ArrayRef<int64_t> shape,
              int64_t fanIn) {
    onnx::TensorProto *tensor = graph()->add_initializer();
    tensor->set_name(name);
    tensor->set_data_type(onnx::TensorProto::FLOAT);
    int64_t elements = 1;
    for (int64_t extent : shape) {
      tensor->add_dims(extent);
      elements *= extent;
    }
    runtime::Random random(seed, runtime::sampleStream + stream++);
    double limit = fanIn ? std::sqrt(6.0 / fanIn) : 0;
    std::string bytes;
    for (int64_t i = 0; i < elements; ++i) {
      auto value = static_cast<float>(random.uniform(-limit, limit));
      bytes.append(reinterpret_cast<const char *>(&value), sizeof value);
    }
    tensor->set_raw_data(bytes);
  }

  /// Adds a node `name` with one output `name`.
  onnx::NodeProto *node(const char *type, const std::string &name,
                        llvm::ArrayRef<std::string> inputs) {
    onnx::NodeProto *result = graph()->add_node();
    result->set_op_type(type);
    result->set_name(name);
    for (const std::string &input : inputs)
      result->add_input(input);
    result->add_output(name);
    return result;
  }

  static void integers(onnx::NodeProto *node, const char *name,
                       llvm::ArrayRef<int64_t> values) {
    onnx::AttributeProto *attribute = node->add_attribute();
    attribute->set_name(name);
    attribute->set_type(onnx::AttributeProto::INTS);
    for (int64_t value : values)
      attribute->add_ints(value);
  }

  /// Adds a 5x5 convolution, relu and 2x2 pooling; returns the value's name.
  std::string block(const std::string &name, const std::string &input,
                    int64_t from, int64_t to) {
    weight(name + ".weight", {to, from, 5, 5}, from * 25);
    weight(name + ".bias", {to}, 0);
    integers(node("Conv", name, {input, name + ".weight", name + ".bias"}),
             "pads", {2, 2, 2, 2});
    node("Relu", name + ".relu", {name});
    onnx::NodeProto *pool = node("MaxPool", name + ".pool", {name + ".relu"});
    integers(pool, "kernel_shape", {2, 2});
    integers(pool, "strides", {2, 2});
    return name + ".pool";
  }

private:
  onnx::ModelProto model;
  uint64_t seed, stream = 0;
};
} // namespace

llvm::Error glyphs::writeModel(llvm::StringRef path, uint64_t seed) {
  constexpr int64_t features = 16 * (imageSize / 4) * (imageSize / 4);
  ModelWriter w(seed);
  w.describe(w.graph()->add_input(), "image", {1, 1, imageSize, imageSize});
  std::string value = w.block("conv1", "image", 1, 8);
  value = w.block("conv2", value, 8, 16);
  w.node("Flatten", "flat", {value});
  w.weight("fc.weight", {features, numClasses}, features);
  w.weight("fc.bias", {numClasses}, 0);
  w.node("Gemm", "scores", {"flat", "fc.weight", "fc.bias"});
  w.describe(w.graph()->add_output(), "scores", {1, numClasses});
  return writeFile(path, w.serialize());
}

//===- ParameterUses.cpp - Readers of a file's tensors ----------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "python-free-frontends/ONNX/ParameterUses.h"

#include "python-free-frontends/ONNX/Nodes.h"

using namespace mlir;
using namespace coppice;
using namespace coppice::onnx_frontend;
using ::onnx::NodeProto;
using ::onnx::TensorProto;

static bool isElementwise(OperandRole role) {
  return role == OperandRole::term || role == OperandRole::factor;
}

//===----------------------------------------------------------------------===//
// The graph
//===----------------------------------------------------------------------===//

TensorProto *coppice::onnx_frontend::getConstantTensor(NodeProto &node) {
  if (node.op_type() != "Constant" || node.output_size() != 1 ||
      node.output(0).empty())
    return nullptr;
  for (::onnx::AttributeProto &attribute : *node.mutable_attribute())
    if (attribute.name() == "value" && attribute.has_t())
      return attribute.mutable_t();
  return nullptr;
}

ParameterUses::ParameterUses(::onnx::GraphProto &graph, StringRef folder,
                             const OpTable &table, MLIRContext *context)
    : graph(graph), folder(folder), context(context), table(table) {
  names.collect(graph);
  for (TensorProto &tensor : *graph.mutable_initializer()) {
    initializers[tensor.name()] = &tensor;
    known.insert(tensor.name());
  }
  for (const ::onnx::ValueInfoProto &output : graph.output())
    outputs.insert(output.name());
  for (auto [i, node] : llvm::enumerate(graph.node())) {
    bool isKnown = node.op_type() == "Constant" || node.input_size() > 0;
    for (auto [k, name] : llvm::enumerate(node.input())) {
      if (name.empty())
        continue;
      readers[name].emplace_back(i, k);
      isKnown &= known.contains(name);
    }
    for (const std::string &name : node.output()) {
      producers.try_emplace(name, i);
      if (isKnown)
        known.insert(name);
    }
    // A name that a subgraph reads counts as a result.
    forEachBodyRead(node, [&](StringRef name) { outputs.insert(name); });
  }
  for (int i = 0; i < graph.node_size(); ++i)
    if (std::string weight = getWeight(i); !weight.empty())
      layers[weight].push_back(i);
}

std::optional<Source> ParameterUses::getSource(StringRef name) {
  if (TensorProto *tensor = initializers.lookup(name))
    return Source{tensor, -1};
  int node = getProducer(name);
  TensorProto *tensor =
      node < 0 ? nullptr : getConstantTensor(*graph.mutable_node(node));
  return tensor ? std::optional(Source{tensor, node}) : std::nullopt;
}

std::string ParameterUses::traceSource(StringRef name) const {
  for (int steps = 0; steps < 64; ++steps) {
    if (initializers.contains(name))
      return name.str();
    int producer = getProducer(name);
    if (producer < 0)
      return "";
    const NodeProto &node = graph.node(producer);
    if (node.op_type() == "Constant")
      return name.str();
    const OpInfo *info = findOp(table, node.domain(), node.op_type());
    if (!info || !info->forwards || node.input_size() == 0)
      return "";
    name = node.input(0);
  }
  return "";
}

std::string ParameterUses::getWeight(int i) const {
  const NodeProto &node = graph.node(i);
  const OpInfo *info = findOp(table, node.domain(), node.op_type());
  if (!info || getDataOperand(i) < 0)
    return "";
  for (auto [k, name] : llvm::enumerate(node.input()))
    if (info->getRole(k) == OperandRole::weight)
      if (std::string source = traceSource(name); !source.empty())
        return source;
  return "";
}

int ParameterUses::getDataOperand(int i) const {
  const NodeProto &node = graph.node(i);
  for (auto [k, name] : llvm::enumerate(node.input()))
    if (!name.empty() && !known.contains(name))
      return k;
  return -1;
}

int ParameterUses::skipForwards(StringRef name) const {
  int producer = getProducer(name);
  for (int steps = 0; producer >= 0 && steps < 64; ++steps) {
    const NodeProto &node = graph.node(producer);
    const OpInfo *info = findOp(table, node.domain(), node.op_type());
    if (!info || !info->forwards || node.input_size() == 0)
      break;
    producer = getProducer(node.input(0));
  }
  return producer;
}

void ParameterUses::addInitializer(const std::string &name,
                                   TensorProto tensor) {
  TensorProto &added = *graph.add_initializer();
  added = std::move(tensor);
  added.set_name(name);
  initializers[name] = &added;
  known.insert(name);
}

void ParameterUses::setOperand(const Use &use, const std::string &name) {
  std::string &operand =
      *graph.mutable_node(use.node)->mutable_input(use.input);
  llvm::erase(readers[operand], std::pair(use.node, use.input));
  operand = name;
  readers[operand].emplace_back(use.node, use.input);
}

//===----------------------------------------------------------------------===//
// Roles
//===----------------------------------------------------------------------===//

std::optional<LayerBefore> ParameterUses::findLayerBefore(int node) const {
  for (int distance = 0; node >= 0 && distance < 256; ++distance) {
    if (std::string weight = getWeight(node); !weight.empty())
      return LayerBefore{weight, node, distance};
    int data = getDataOperand(node);
    if (data < 0)
      break;
    node = getProducer(graph.node(node).input(data));
  }
  return std::nullopt;
}

bool ParameterUses::isBehindLayer(int i, int input) const {
  for (int steps = 0; steps < 8; ++steps) {
    i = skipForwards(graph.node(i).input(1 - input));
    if (i < 0)
      return false;
    const NodeProto &node = graph.node(i);
    const OpInfo *info = findOp(table, node.domain(), node.op_type());
    if (node.op_type() == "Div" || !getWeight(i).empty() ||
        (info && info->getRole(1) == OperandRole::scale))
      return true;
    int data = getDataOperand(i);
    if (!info || !isElementwise(info->getRole(0)) || data < 0 ||
        node.input_size() != 2 || traceSource(node.input(1 - data)).empty())
      return false;
    input = 1 - data;
  }
  return false;
}

bool ParameterUses::isBiasOfLayer(const Use &use) const {
  if (use.role != OperandRole::term)
    return false;
  int before = skipForwards(graph.node(use.node).input(1 - use.input));
  return before >= 0 && !getWeight(before).empty();
}

static int64_t countElements(const TensorProto &tensor) {
  int64_t count = 1;
  for (int64_t extent : tensor.dims())
    if (extent < 0 || llvm::MulOverflow(count, extent, count))
      return 0;
  return count;
}

/// Whether at most one axis has more than one index.
static bool isVector(const TensorProto &tensor) {
  return llvm::count_if(tensor.dims(), [](int64_t e) { return e != 1; }) <= 1;
}

OperandRole ParameterUses::getRole(int i, int input,
                                   const Source &source) const {
  const NodeProto &node = graph.node(i);
  const OpInfo *info = findOp(table, node.domain(), node.op_type());
  if (!info || source.tensor->dims_size() == 0 || getDataOperand(i) < 0)
    return OperandRole::none;
  OperandRole role = info->getRole(input);
  if (!isElementwise(role))
    return role;
  if (node.input_size() != 2 || !isVector(*source.tensor) ||
      known.contains(node.input(1 - input)))
    return OperandRole::none;
  // A single number in a Constant node is part of a formula.
  if (source.constant >= 0 &&
      (countElements(*source.tensor) == 1 || !isBehindLayer(i, input)))
    return OperandRole::none;
  return role;
}

//===----------------------------------------------------------------------===//
// Uses
//===----------------------------------------------------------------------===//

void ParameterUses::collectUses(const std::string &name,
                                SmallVector<Step> &steps, const Source &source,
                                SmallVectorImpl<Use> &uses) {
  if (outputs.contains(name))
    uses.push_back({-1, 0, OperandRole::none, steps});
  auto it = readers.find(name);
  if (it == readers.end())
    return;
  // Copy the uses, because the index may grow.
  SmallVector<std::pair<int, int>> all = it->second;
  for (auto [i, input] : all) {
    const OpInfo *info = getInfo(i);
    // An invalid graph may have a cycle.
    bool isSeen = llvm::any_of(
        steps, [i = i](const Step &step) { return step.node == i; });
    if (!info || !info->forwards || input != 0 || isSeen) {
      uses.push_back({i, input, getRole(i, input, source), steps});
      continue;
    }
    for (auto [k, output] : llvm::enumerate(graph.node(i).output())) {
      if (output.empty())
        continue;
      steps.push_back({i, static_cast<int>(k)});
      collectUses(output, steps, source, uses);
      steps.pop_back();
    }
  }
}

SmallVector<Use> ParameterUses::getUses(const std::string &name,
                                        const Source &source) {
  SmallVector<Use> uses;
  SmallVector<Step> steps;
  collectUses(name, steps, source, uses);
  llvm::sort(uses, [](const Use &a, const Use &b) {
    return std::pair(a.node, a.input) < std::pair(b.node, b.input);
  });
  return uses;
}

bool ParameterUses::isSplat(const Source &source) const {
  TensorProto copy = *source.tensor; // reading takes the data out
  std::string error;
  FailureOr<FileTensor> tensor = readTensor(copy, folder, context, error);
  if (failed(tensor) || tensor->size() == 0)
    return true;
  size_t bytes = tensor->bytes.size() / tensor->size();
  return bytes == 0 ||
         tensor->bytes.drop_front(bytes) == tensor->bytes.drop_back(bytes);
}

/// Uses with the same key are one parameter. The groups are in the order of the
/// nodes.
SmallVector<Group> ParameterUses::groupUses(const Source &source,
                                            ArrayRef<Use> uses) const {
  bool hasWeight = llvm::any_of(
      uses, [](const Use &use) { return use.role == OperandRole::weight; });
  bool splat = isVector(*source.tensor) && uses.size() > 1 && isSplat(source);
  SmallVector<Group> groups;
  llvm::StringMap<llvm::SmallDenseMap<int, int>> counts;
  for (const Use &use : uses) {
    std::string key;
    if (use.role == OperandRole::weight)
      key = "shared";
    else if (use.role == OperandRole::none)
      key = hasWeight || !splat ? "shared" : "formula";
    // Applications of one layer share a bias; two layers do not.
    std::optional<LayerBefore> layer =
        key.empty() ? findLayerBefore(use.node) : std::nullopt;
    if (layer && layers.lookup(layer->weight).size() > 1) {
      key = (Twine(layer->weight) + "/" + graph.node(use.node).op_type() + "/" +
             Twine(use.input) + "/" + Twine(layer->distance))
                .str();
      key += "/" + std::to_string(counts[key][layer->node]++);
    } else if (key.empty() && isElementwise(use.role) && !splat &&
               !isBiasOfLayer(use)) {
      // Exporters merge parameters of equal values: untrained ones, all 0 or
      // all 1.
      key = "shared";
    }
    if (key.empty())
      key = "own/" + std::to_string(groups.size());
    // A parameter that the optimizer trains is not a statistic.
    if (isStatistic(use.role))
      key += "/statistic";
    auto *group = llvm::find_if(
        groups, [&](const Group &other) { return other.key == key; });
    if (group == groups.end()) {
      groups.push_back({key, {}});
      group = std::prev(groups.end());
    }
    group->uses.push_back(&use);
  }
  return groups;
}

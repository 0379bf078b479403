//===- Parameters.cpp - Separates parameters of a graph ---------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "python-free-frontends/ONNX/ParameterUses.h"

using namespace mlir;
using namespace coppice;
using namespace coppice::onnx_frontend;
using ::onnx::NodeProto;
using ::onnx::TensorProto;

/// Returns the suffix of a copy's name, behind the name of its node.
static StringRef getRoleName(OperandRole role) {
  switch (role) {
  case OperandRole::none:
    return "value";
  case OperandRole::weight:
    return "weight";
  case OperandRole::bias:
  case OperandRole::term:
    return "bias";
  case OperandRole::scale:
  case OperandRole::factor:
    return "scale";
  case OperandRole::shift:
    return "shift";
  case OperandRole::slope:
    return "slope";
  case OperandRole::mean:
    return "mean";
  case OperandRole::variance:
    return "variance";
  }
  return "value";
}

namespace {
class Separator {
public:
  Separator(::onnx::ModelProto &model, StringRef folder, const OpTable &table,
            MLIRContext *context)
      : model(model), graph(*model.mutable_graph()),
        uses(graph, folder, table, context) {}

  TiedNodes run();

private:
  void separate(const std::string &name, const Source &source,
                ArrayRef<Group> groups);
  /// Gives the uses of a group a tensor of their own under a new name.
  void copy(const std::string &name, const Source &source,
            ArrayRef<const Use *> group);
  /// Makes the use read `name`.
  void rewire(const Use &use, const std::string &name);
  /// Returns the tensor behind `steps`, if they are Identity and Split alone.
  std::optional<TensorProto> forward(const TensorProto &tensor,
                                     ArrayRef<Step> steps);
  std::optional<TensorProto> split(const TensorProto &tensor, Step step);
  void removeDead();
  /// Notes that the node `i` reads the parameter `name`.
  void addUser(StringRef name, int i) {
    if (std::string label = getLabel(i).str();
        !llvm::is_contained(users[name], label))
      users[name].push_back(std::move(label));
  }
  /// Returns the name of a node for messages and new names.
  StringRef getLabel(int i) const {
    const NodeProto &node = graph.node(i);
    return !node.name().empty() ? StringRef(node.name())
           : node.output_size() ? StringRef(node.output(0))
                                : StringRef(node.op_type());
  }

  ::onnx::ModelProto &model;
  ::onnx::GraphProto &graph;
  ParameterUses uses;
  /// Copies of nodes, by the node that they follow.
  llvm::DenseMap<int, SmallVector<NodeProto>> copies;
  /// Nodes that may have lost all readers.
  llvm::SmallDenseSet<int> touched;
  /// The readers of a parameter, by parameter.
  TiedNodes users;
};
} // namespace

//===----------------------------------------------------------------------===//
// Copies
//===----------------------------------------------------------------------===//

/// Returns one result of a Split of a tensor of the file.
std::optional<TensorProto> Separator::split(const TensorProto &tensor,
                                            Step step) {
  const NodeProto &node = graph.node(step.node);
  int64_t rank = tensor.dims_size(), axis = 0;
  SmallVector<int64_t> sizes;
  for (const ::onnx::AttributeProto &attribute : node.attribute()) {
    if (attribute.name() == "axis")
      axis = attribute.i();
    if (attribute.name() == "split")
      sizes.assign(attribute.ints().begin(), attribute.ints().end());
  }
  axis += axis < 0 ? rank : 0;
  if (axis < 0 || axis >= rank)
    return std::nullopt;
  std::string error;
  if (node.input_size() > 1 && !node.input(1).empty()) {
    std::optional<Source> given = uses.getSource(node.input(1));
    if (!given)
      return std::nullopt;
    TensorProto copy = *given->tensor;
    FailureOr<FileTensor> values =
        readTensor(copy, uses.folder, uses.context, error);
    if (failed(values) || values->isFloat())
      return std::nullopt;
    sizes = values->getInts();
  }
  int64_t parts = node.output_size(), extent = tensor.dims(axis);
  if (sizes.empty())
    for (int64_t left = extent, i = 0,
                 size = llvm::divideCeil(extent, std::max<int64_t>(parts, 1));
         i < parts; ++i, left -= size)
      sizes.push_back(std::clamp<int64_t>(left, 0, size));
  int64_t first = 0, total = 0;
  for (auto [i, size] : llvm::enumerate(sizes)) {
    first += static_cast<int>(i) < step.output ? size : 0;
    total += size;
    if (size < 0 || size > extent)
      return std::nullopt;
  }
  if (static_cast<int64_t>(sizes.size()) != parts || total != extent)
    return std::nullopt;
  TensorProto copy = tensor;
  FailureOr<FileTensor> whole =
      readTensor(copy, uses.folder, uses.context, error);
  if (failed(whole) || whole->size() == 0)
    return std::nullopt;
  int64_t inner = whole->bytes.size() / whole->size(), outer = 1;
  for (int64_t i = 0; i < rank; ++i)
    (i < axis ? outer : inner) *= i == axis ? 1 : tensor.dims(i);
  TensorProto part;
  part.set_data_type(tensor.data_type());
  for (int64_t i = 0; i < rank; ++i)
    part.add_dims(i == axis ? sizes[step.output] : tensor.dims(i));
  std::string &bytes = *part.mutable_raw_data();
  for (int64_t o = 0; o < outer; ++o)
    bytes.append(whole->bytes.data() + (o * extent + first) * inner,
                 sizes[step.output] * inner);
  return part;
}

std::optional<TensorProto> Separator::forward(const TensorProto &tensor,
                                              ArrayRef<Step> steps) {
  TensorProto result = tensor;
  for (Step step : steps) {
    StringRef op = graph.node(step.node).op_type();
    if (op == "Identity")
      continue;
    std::optional<TensorProto> part =
        op == "Split" ? split(result, step) : std::nullopt;
    if (!part)
      return std::nullopt;
    result = std::move(*part);
  }
  return result;
}

void Separator::copy(const std::string &name, const Source &source,
                     ArrayRef<const Use *> group) {
  const Use &first = *group.front();
  // Computes the longest prefix of the steps that needs no node.
  auto computeTail = [&](const Use &use) {
    size_t start = use.steps.size();
    while (start > 0 &&
           !forward(*source.tensor, ArrayRef(use.steps).take_front(start)))
      --start;
    return start;
  };
  // The uses of one group may read different parts of the tensor.
  llvm::StringMap<std::string> fresh;
  for (const Use *use : group) {
    if (use->node < 0)
      continue;
    size_t start = computeTail(*use);
    ArrayRef<Step> done = ArrayRef(use->steps).take_front(start);
    StringRef last =
        done.empty()
            ? StringRef()
            : StringRef(
                  graph.node(done.back().node).output(done.back().output));
    std::string &own = fresh[last];
    if (own.empty()) {
      // Keep the name that the tensor has behind an Identity, if no other node
      // reads it.
      bool isFree = !last.empty() && !uses.isOutput(last) &&
                    llvm::all_of(uses.getReaders(last), [&](auto reader) {
                      return llvm::any_of(group, [&](const Use *other) {
                        return (other->node == reader.first &&
                                other->input == reader.second) ||
                               (other->steps.size() > start &&
                                other->steps[start].node == reader.first);
                      });
                    });
      own = isFree ? last.str()
                   : uses.makeName(Twine(name) + "." + getLabel(first.node) +
                                   "." + getRoleName(first.role));
      uses.addInitializer(own, *forward(*source.tensor, done));
      if (isFree)
        for (auto &output :
             *graph.mutable_node(done.back().node)->mutable_output())
          if (output == own)
            output.clear();
    }
    // Copy the remaining nodes for this parameter alone.
    std::string current = own;
    for (Step step : ArrayRef(use->steps).drop_front(start)) {
      NodeProto node = graph.node(step.node);
      node.set_input(0, current);
      node.clear_name();
      for (std::string &output : *node.mutable_output())
        if (!output.empty())
          uses.addKnown(output = uses.makeName(Twine(output) + "." + own));
      current = node.output(step.output);
      copies[step.node].push_back(std::move(node));
    }
    rewire(*use, current);
    addUser(own, use->node);
  }
}

void Separator::rewire(const Use &use, const std::string &name) {
  uses.setOperand(use, name);
  for (Step step : use.steps)
    touched.insert(step.node);
}

void Separator::separate(const std::string &name, const Source &source,
                         ArrayRef<Group> groups) {
  // The first group keeps the tensor. For a Constant, the uses that are not a
  // parameter keep it.
  const Group *keeper = &groups.front();
  for (const Group &group : groups)
    if (source.constant >= 0 && !group.isParameter())
      keeper = &group;
  for (const Group &group : groups) {
    // A part of a tensor cannot be updated separately.
    bool isPart = isStatistic(group.uses.front()->role) &&
                  llvm::any_of(group.uses, [&](const Use *use) {
                    return llvm::any_of(use->steps, [&](Step step) {
                      return graph.node(step.node).op_type() == "Split";
                    });
                  });
    if (&group != keeper || isPart) {
      copy(name, source, group.uses);
      continue;
    }
    for (const Use *use : group.uses) {
      if (use->role == OperandRole::none)
        continue;
      addUser(name, use->node);
      // An Identity is not needed any more.
      if (llvm::all_of(use->steps, [&](Step step) {
            return graph.node(step.node).op_type() == "Identity";
          }))
        rewire(*use, name);
    }
  }
  // A Constant that is a parameter for all its readers becomes an initializer.
  if (source.constant < 0 || !keeper->isParameter())
    return;
  uses.addInitializer(name, *source.tensor);
  graph.mutable_node(source.constant)->mutable_output(0)->clear();
  touched.insert(source.constant);
}

/// Removes replaced nodes without readers, and inserts the copies.
void Separator::removeDead() {
  if (touched.empty() && copies.empty())
    return;
  llvm::StringSet<> read;
  auto addInputs = [&](const NodeProto &node) {
    for (const std::string &name : node.input())
      read.insert(name);
  };
  llvm::SmallDenseSet<int> dead;
  for (auto &entry : copies)
    llvm::for_each(entry.second, addInputs);
  for (int i = graph.node_size(); i-- > 0;) {
    const NodeProto &node = graph.node(i);
    if (touched.contains(i) &&
        llvm::none_of(node.output(), [&](const std::string &name) {
          return !name.empty() && (read.contains(name) || uses.isOutput(name));
        }))
      dead.insert(i);
    else
      addInputs(node);
  }
  ::google::protobuf::RepeatedPtrField<NodeProto> nodes;
  for (auto [i, node] : llvm::enumerate(*graph.mutable_node())) {
    if (!dead.contains(i))
      nodes.Add()->Swap(&node);
    for (NodeProto &copy : copies[i])
      nodes.Add()->Swap(&copy);
  }
  graph.mutable_node()->Swap(&nodes);
  // Remove initializers whose last reader was removed.
  auto &list = *graph.mutable_initializer();
  llvm::StringSet<> gone;
  for (int i = list.size(); i-- > 0;)
    if (uses.wasRead(list[i].name()) && !read.contains(list[i].name()) &&
        !uses.isOutput(list[i].name())) {
      gone.insert(list[i].name());
      list.DeleteSubrange(i, 1);
    }
  auto &inputs = *graph.mutable_input();
  for (int i = inputs.size(); i-- > 0;)
    if (gone.contains(inputs[i].name()))
      inputs.DeleteSubrange(i, 1);
}

/// Converts an attribute `value_floats` to a tensor.
static void makeTensor(NodeProto &node) {
  if (node.op_type() != "Constant")
    return;
  for (::onnx::AttributeProto &attribute : *node.mutable_attribute()) {
    if (attribute.name() != "value_floats")
      continue;
    TensorProto tensor;
    tensor.set_data_type(TensorProto::FLOAT);
    tensor.add_dims(attribute.floats_size());
    tensor.mutable_float_data()->CopyFrom(attribute.floats());
    attribute.Clear();
    attribute.set_name("value");
    attribute.set_type(::onnx::AttributeProto::TENSOR);
    attribute.mutable_t()->Swap(&tensor);
  }
}

/// Whether the tensor holds real values or codes. Other integers are shapes and
/// indices.
static bool mayBeParameter(const TensorProto &tensor) {
  switch (tensor.data_type()) {
  case TensorProto::BOOL:
  case TensorProto::INT64:
  case TensorProto::STRING:
  case TensorProto::UINT32:
  case TensorProto::UINT64:
    return false;
  default:
    return true;
  }
}

TiedNodes Separator::run() {
  SmallVector<std::string> candidates;
  for (const TensorProto &tensor : graph.initializer())
    candidates.push_back(tensor.name());
  for (NodeProto &node : *graph.mutable_node())
    if (getConstantTensor(node))
      candidates.push_back(node.output(0));
  int before = graph.initializer_size();
  for (const std::string &name : candidates) {
    std::optional<Source> source = uses.getSource(name);
    if (!source || source->tensor->dims_size() == 0 ||
        !mayBeParameter(*source->tensor))
      continue;
    SmallVector<Use> all = uses.getUses(name, *source);
    if (llvm::any_of(
            all, [](const Use &use) { return use.role != OperandRole::none; }))
      separate(name, *source, uses.groupUses(*source, all));
  }
  removeDead();
  // Older files list every initializer among the inputs.
  if (graph.initializer_size() > before && model.ir_version() < 4)
    model.set_ir_version(4);
  TiedNodes ties;
  for (auto &entry : users)
    if (entry.second.size() > 1)
      ties[entry.first()] = std::move(entry.second);
  return ties;
}

TiedNodes coppice::onnx_frontend::separateParameters(::onnx::ModelProto &model,
                                                     StringRef folder,
                                                     const OpTable &table,
                                                     MLIRContext *context) {
  llvm::for_each(*model.mutable_graph()->mutable_node(), makeTensor);
  return Separator(model, folder, table, context).run();
}

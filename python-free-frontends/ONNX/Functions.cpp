//===- Functions.cpp - Calls of a model's functions, inlined ----*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "python-free-frontends/ONNX/ModelFile.h"
#include "python-free-frontends/ONNX/Nodes.h"
#include "python-free-frontends/ONNX/Schema.h"
#include "python-free-frontends/ONNX/TakenNames.h"

#include "mlir/IR/Diagnostics.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringMap.h"

using namespace mlir;
using namespace coppice::onnx_frontend;
using ::onnx::AttributeProto, ::onnx::FunctionProto, ::onnx::NodeProto;

// Fields that the installed library does not know.
static constexpr int kNodeOverload = 8, kFunctionOverload = 13,
                     kFunctionDefaults = 11;

/// The limit of nested calls, and of the nodes of the inlined graph.
static constexpr size_t kDeepestCall = 64, kMostNodes = 1 << 20;

/// Returns the bytes of the fields `number`, which the library does not know.
static SmallVector<StringRef>
getUnknownFields(const google::protobuf::UnknownFieldSet &fields, int number) {
  SmallVector<StringRef> result;
  for (int i = 0; i < fields.field_count(); ++i)
    if (fields.field(i).number() == number &&
        fields.field(i).type() ==
            google::protobuf::UnknownField::TYPE_LENGTH_DELIMITED)
      result.push_back(fields.field(i).length_delimited());
  return result;
}

/// Returns the key of a function: domain, name and overload.
template <typename Proto>
static std::string getKey(const Proto &proto, StringRef name, int overload) {
  SmallVector<StringRef> names =
      getUnknownFields(proto.unknown_fields(), overload);
  return (canonicalDomain(proto.domain()) + "\n" + name + "\n" +
          (names.empty() ? StringRef() : names.back()))
      .str();
}

namespace {
class Inliner {
public:
  Inliner(::onnx::ModelProto &model, Location fileLoc)
      : model(model), fileLoc(fileLoc) {}
  LogicalResult run();

private:
  using Names = llvm::StringMap<std::string>;

  LogicalResult addNode(NodeProto node, size_t depth);
  LogicalResult addCall(const NodeProto &call, const FunctionProto &function,
                        size_t depth);
  LogicalResult checkVersion(const NodeProto &node,
                             const FunctionProto &function, Location loc);
  /// Returns a name that the model does not have yet.
  std::string makeName(StringRef prefix, StringRef name) {
    return taken.make(prefix + "/" + name);
  }
  void rename(NodeProto &node, Names &names, StringRef prefix);
  void rename(::onnx::GraphProto &graph, const Names &names, StringRef prefix);
  Location getLoc(const NodeProto &node);

  ::onnx::ModelProto &model;
  Location fileLoc;
  llvm::StringMap<const FunctionProto *> functions;
  llvm::StringMap<llvm::StringMap<AttributeProto>> defaults;
  llvm::StringMap<int64_t> opsets;
  TakenNames taken;
  google::protobuf::RepeatedPtrField<NodeProto> nodes;
};
} // namespace

//===----------------------------------------------------------------------===//
// Names
//===----------------------------------------------------------------------===//

void Inliner::rename(NodeProto &node, Names &names, StringRef prefix) {
  for (std::string &name : *node.mutable_input())
    if (auto it = names.find(name); it != names.end())
      name = it->second;
  for (AttributeProto &attribute : *node.mutable_attribute()) {
    if (attribute.has_g())
      rename(*attribute.mutable_g(), names, prefix);
    for (::onnx::GraphProto &inner : *attribute.mutable_graphs())
      rename(inner, names, prefix);
  }
  for (std::string &name : *node.mutable_output()) {
    if (name.empty())
      continue;
    auto [it, isNew] = names.try_emplace(name);
    if (isNew)
      it->second = makeName(prefix, name);
    name = it->second;
  }
  if (!node.name().empty())
    node.set_name((prefix + "/" + node.name()).str());
}

void Inliner::rename(::onnx::GraphProto &graph, const Names &outer,
                     StringRef prefix) {
  Names names = outer;
  auto define = [&](std::string &name) {
    name = names[name] = makeName(prefix, name);
  };
  for (auto &input : *graph.mutable_input())
    define(*input.mutable_name());
  for (auto &tensor : *graph.mutable_initializer())
    if (auto it = names.find(tensor.name());
        it != names.end() && !outer.contains(tensor.name()))
      tensor.set_name(it->second);
    else
      define(*tensor.mutable_name());
  for (NodeProto &node : *graph.mutable_node())
    rename(node, names, prefix);
  for (auto &output : *graph.mutable_output())
    if (auto it = names.find(output.name()); it != names.end())
      output.set_name(it->second);
  graph.clear_value_info();
}

Location Inliner::getLoc(const NodeProto &node) {
  StringRef name =
      node.output_size() ? StringRef(node.output(0)) : StringRef(node.name());
  if (name.empty())
    return fileLoc;
  return NameLoc::get(StringAttr::get(fileLoc.getContext(), name));
}

//===----------------------------------------------------------------------===//
// Calls
//===----------------------------------------------------------------------===//

/// Gives an attribute of a function's node the value that the call has for it.
/// False if neither the call nor the function has one: the attribute is then
/// absent.
static bool resolve(AttributeProto &attribute,
                    const llvm::StringMap<AttributeProto> &values);

static void resolve(NodeProto &node,
                    const llvm::StringMap<AttributeProto> &values) {
  auto &attributes = *node.mutable_attribute();
  for (int i = attributes.size(); i-- > 0;)
    if (!resolve(attributes[i], values))
      attributes.DeleteSubrange(i, 1);
}

static bool resolve(AttributeProto &attribute,
                    const llvm::StringMap<AttributeProto> &values) {
  if (!attribute.ref_attr_name().empty()) {
    auto it = values.find(attribute.ref_attr_name());
    if (it == values.end())
      return false;
    std::string name = attribute.name();
    attribute = it->second;
    attribute.set_name(name);
    return true;
  }
  auto resolveAll = [&](::onnx::GraphProto &graph) {
    for (NodeProto &node : *graph.mutable_node())
      resolve(node, values);
  };
  if (attribute.has_g())
    resolveAll(*attribute.mutable_g());
  for (::onnx::GraphProto &inner : *attribute.mutable_graphs())
    resolveAll(inner);
  return true;
}

LogicalResult Inliner::checkVersion(const NodeProto &node,
                                    const FunctionProto &function,
                                    Location loc) {
  if (functions.contains(getKey(node, node.op_type(), kNodeOverload)))
    return success();
  bool failsWithin = false;
  forEachBody(node, [&](const ::onnx::GraphProto &body) {
    for (const NodeProto &inner : body.node())
      failsWithin = failsWithin || failed(checkVersion(inner, function, loc));
  });
  if (failsWithin)
    return failure();
  StringRef domain = canonicalDomain(node.domain());
  for (const ::onnx::OperatorSetIdProto &opset : function.opset_import()) {
    if (canonicalDomain(opset.domain()) != domain)
      continue;
    int64_t version = opset.version(),
            other = opsets.try_emplace(domain, version).first->second;
    bool isSame = version == other;
    if (!isSame && domain.empty())
      isSame = isSameOperator(node, version, other);
    if (isSame)
      return success();
    return emitError(loc)
           << "the function '" << function.name() << "' takes "
           << node.op_type() << " from operator set " << version
           << ", the model from " << other
           << ", where it may be another operator; export the model "
              "with one operator set";
  }
  return success();
}

LogicalResult Inliner::addCall(const NodeProto &call,
                               const FunctionProto &function, size_t depth) {
  Location loc = getLoc(call);
  if (depth > kDeepestCall)
    return emitError(loc) << "the function '" << function.name()
                          << "' calls itself, or calls nest more than "
                          << kDeepestCall << " deep";
  if (call.input_size() > function.input_size() ||
      call.output_size() > function.output_size())
    return emitError(loc) << "the call of the function '" << function.name()
                          << "' has more inputs or outputs than the function";
  llvm::StringMap<AttributeProto> values;
  std::string key = getKey(function, function.name(), kFunctionOverload);
  values = defaults[key];
  for (const AttributeProto &attribute : call.attribute()) {
    if (!llvm::is_contained(function.attribute(), attribute.name()) &&
        !defaults[key].contains(attribute.name())) {
      std::vector<std::string> known(function.attribute().begin(),
                                     function.attribute().end());
      for (const auto &entry : defaults[key])
        known.push_back(entry.first().str());
      llvm::sort(known);
      return emitError(loc)
             << function.name() << ": "
             << describeUnknownAttribute(attribute.name(), known);
    }
    values[attribute.name()] = attribute;
  }
  std::string prefix = !call.name().empty()     ? call.name()
                       : call.output_size() > 0 ? call.output(0)
                                                : function.name();
  Names names;
  for (int i = 0; i < function.input_size(); ++i)
    names[function.input(i)] = i < call.input_size() ? call.input(i) : "";
  // A result that is an argument, or is also another result, is copied.
  SmallVector<std::pair<std::string, std::string>> copies;
  for (int i = 0; i < call.output_size(); ++i) {
    if (call.output(i).empty())
      continue;
    if (!names.try_emplace(function.output(i), call.output(i)).second)
      copies.push_back({names[function.output(i)], call.output(i)});
  }
  for (const NodeProto &inner : function.node()) {
    NodeProto node = inner;
    if (failed(checkVersion(node, function, loc)))
      return failure();
    resolve(node, values);
    rename(node, names, prefix);
    if (failed(addNode(std::move(node), depth + 1)))
      return failure();
  }
  for (auto &[from, to] : copies) {
    NodeProto &copy = *nodes.Add();
    copy.set_op_type("Identity");
    copy.add_input(from);
    copy.add_output(to);
  }
  return success();
}

LogicalResult Inliner::addNode(NodeProto node, size_t depth) {
  auto it = functions.find(getKey(node, node.op_type(), kNodeOverload));
  if (it != functions.end())
    return addCall(node, *it->second, depth);
  if (nodes.size() >= static_cast<int>(kMostNodes))
    return emitError(getLoc(node)) << "the model has more than " << kMostNodes
                                   << " nodes after its functions are inlined";
  *nodes.Add() = std::move(node);
  return success();
}

LogicalResult Inliner::run() {
  for (const FunctionProto &function : model.functions()) {
    std::string key = getKey(function, function.name(), kFunctionOverload);
    if (!functions.try_emplace(key, &function).second)
      return emitError(fileLoc)
             << "the function '" << function.name() << "' is defined twice";
    for (StringRef bytes :
         getUnknownFields(function.unknown_fields(), kFunctionDefaults)) {
      AttributeProto attribute;
      if (!attribute.ParseFromString(bytes.str()))
        return emitError(fileLoc)
               << "the function '" << function.name()
               << "' has a default of an attribute that cannot be read";
      defaults[key][attribute.name()] = attribute;
    }
  }
  for (const ::onnx::OperatorSetIdProto &opset : model.opset_import())
    opsets[canonicalDomain(opset.domain())] = opset.version();
  size_t before = opsets.size();
  taken.collect(model.graph());
  for (NodeProto &node : *model.mutable_graph()->mutable_node())
    if (failed(addNode(std::move(node), 0)))
      return failure();
  model.mutable_graph()->mutable_node()->Swap(&nodes);
  model.clear_functions();
  // Drop the operator sets that only functions import.
  if (opsets.size() != before)
    for (const auto &opset : opsets)
      if (llvm::none_of(model.opset_import(), [&](const auto &has) {
            return canonicalDomain(has.domain()) == opset.first();
          })) {
        ::onnx::OperatorSetIdProto &added = *model.add_opset_import();
        added.set_domain(opset.first().str());
        added.set_version(opset.second);
      }
  return success();
}

LogicalResult coppice::onnx_frontend::inlineFunctions(::onnx::ModelProto &model,
                                                      Location fileLoc) {
  if (model.functions().empty())
    return success();
  return Inliner(model, fileLoc).run();
}

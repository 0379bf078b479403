//===- Schema.cpp - ONNX's schemas of operators -----------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// libonnx knows the operators up to the set of its release, 17 or newer.
// `laterVersions` has what later sets added to the operators that Coppice
// imports, copied from ONNX's changelog. Element types that Coppice lacks are
// left out.
//
//===----------------------------------------------------------------------===//

#include "python-free-frontends/ONNX/Schema.h"
#include "python-free-frontends/ONNX/TensorData.h"

#include "onnx/defs/data_type_utils.h"
#include "onnx/defs/schema.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"

#include <map>
#include <set>

using namespace coppice::onnx_frontend;
using llvm::ArrayRef, llvm::SmallVector, llvm::StringLiteral, llvm::StringRef;
using ::onnx::NodeProto, ::onnx::OpSchema, ::onnx::Utils::DataTypeUtils;

/// The newest set of `laterVersions`.
static constexpr int64_t kNewestKnown = 28;

namespace {
struct LaterVersion {
  /// The operators that the entry applies to, separated by spaces.
  const char *operators;
  int64_t since;
  const char *addedAttributes = "";
  const char *addedTypes = "";
  const char *removedAttributes = "";
};

constexpr LaterVersion laterVersions[] = {
    // New operators.
    {"GroupNormalization", 18, "epsilon num_groups",
     "float16 float double bfloat16"},
    {"Mish", 18, "", "float16 float double"},
    {"Gelu", 20, "approximate", "float16 float double bfloat16"},
    {"GroupNormalization", 21, "stash_type"},
    {"RMSNormalization", 23, "axis epsilon stash_type",
     "float16 float double bfloat16"},
    // New attributes, or attributes that became inputs.
    {"Resize", 18, "antialias axes keep_aspect_ratio_policy"},
    {"Split", 18, "num_outputs"},
    {"ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean "
     "ReduceMin ReduceProd ReduceSumSquare",
     18, "noop_with_empty_axes", "", "axes"},
    {"AveragePool", 19, "dilations"},
    {"Cast CastLike", 19, "saturate"},
    {"Cast CastLike", 24, "round_mode"},
    {"DequantizeLinear", 19, "", "float16 bfloat16"},
    {"DequantizeLinear", 21, "block_size", "int16 uint16"},
    {"DequantizeLinear", 23, "output_dtype"},
    {"QuantizeLinear", 19, "saturate", "float16 bfloat16"},
    {"QuantizeLinear", 21, "block_size output_dtype", "int16 uint16"},
    {"QuantizeLinear", 23, "precision"},
    // New types.
    {"Pad", 18, "", "int32"},
    {"ReduceMax ReduceMin", 20, "", "bool"},
    {"QLinearMatMul", 21, "", "float16 bfloat16"},
    {"AveragePool Conv ConvTranspose Dropout Elu GlobalAveragePool "
     "GlobalMaxPool HardSigmoid HardSwish InstanceNormalization "
     "LpNormalization MaxPool Mish NegativeLogLikelihoodLoss Round Selu "
     "Softplus Softsign ThresholdedRelu",
     22, "", "bfloat16"},
    {"Range", 27, "stash_type", "float16 bfloat16"},
    {"Celu", 28, "", "float16 bfloat16 double"},
};

/// Operators of ONNX's domain that ONNX Runtime accepts in sets before their
/// definition. Its optimizer writes such files.
constexpr StringLiteral takenEarly[] = {"LayerNormalization"};

/// An operator, described by libonnx and `laterVersions`.
struct Operator {
  const OpSchema *schema = nullptr;
  int64_t version = 0;
  std::set<std::string> attributes;
  SmallVector<StringRef> laterTypes;
};
} // namespace

/// The newest operator set that libonnx knows.
static int64_t getNewestInLibrary() {
  return ::onnx::OpSchemaRegistry::DomainToVersionRange::Instance()
      .Map()
      .at("")
      .second;
}

static SmallVector<StringRef> splitWords(StringRef words) {
  SmallVector<StringRef> result;
  words.split(result, ' ', /*MaxSplit=*/-1, /*KeepEmpty=*/false);
  return result;
}

static Operator findOperator(StringRef type, int64_t opset) {
  Operator result;
  result.schema = ::onnx::OpSchemaRegistry::Schema(
      type.str(), static_cast<int>(std::min(opset, getNewestInLibrary())));
  if (result.schema) {
    result.version = result.schema->SinceVersion();
    for (const auto &attribute : result.schema->attributes())
      result.attributes.insert(attribute.first);
  }
  for (const LaterVersion &later : laterVersions) {
    if (later.since > opset ||
        !llvm::is_contained(splitWords(later.operators), type))
      continue;
    result.version = std::max(result.version, later.since);
    for (StringRef name : splitWords(later.addedAttributes))
      result.attributes.insert(name.str());
    for (StringRef name : splitWords(later.removedAttributes))
      result.attributes.erase(name.str());
    llvm::append_range(result.laterTypes, splitWords(later.addedTypes));
  }
  return result;
}

int64_t coppice::onnx_frontend::getOperatorVersion(StringRef type,
                                                   int64_t opset) {
  return findOperator(type, opset).version;
}

//===----------------------------------------------------------------------===//
// Two operator sets
//===----------------------------------------------------------------------===//

/// From this set on, operands broadcast in all operators, which schemas do not
/// say.
static constexpr int64_t kFirstComparable = 7;

/// Whether `newer` accepts everything that `older` describes, and its additions
/// are optional.
static bool extends(const OpSchema &newer, const OpSchema &older) {
  const auto &has = older.attributes();
  for (const auto &[name, attribute] : has) {
    auto it = newer.attributes().find(name);
    if (it == newer.attributes().end() || it->second.type != attribute.type ||
        it->second.default_value.SerializeAsString() !=
            attribute.default_value.SerializeAsString())
      return false;
  }
  for (const auto &[name, attribute] : newer.attributes())
    if (attribute.required && !has.count(name))
      return false;
  const auto &from = older.inputs(), &to = newer.inputs();
  for (size_t i = 0; i < std::max(from.size(), to.size()); ++i) {
    if (i >= to.size() ||
        (i < from.size() && from[i].GetName() != to[i].GetName()))
      return false;
    if (to[i].GetOption() != OpSchema::Optional &&
        (i >= from.size() || from[i].GetOption() != to[i].GetOption()))
      return false;
  }
  return true;
}

bool coppice::onnx_frontend::isSameOperator(const NodeProto &node, int64_t one,
                                            int64_t other) {
  auto [first, second] = std::minmax(one, other);
  Operator older = findOperator(node.op_type(), first),
           newer = findOperator(node.op_type(), second);
  if (older.version == newer.version)
    return true;
  if (first < kFirstComparable || !older.schema || !newer.schema ||
      older.schema->Deprecated() || newer.schema->Deprecated() ||
      !extends(*newer.schema, *older.schema))
    return false;
  // The table of later sets does not have the defaults of attributes.
  if (second > getNewestInLibrary() &&
      findOperator(node.op_type(),
                   std::max(first, std::min(second, getNewestInLibrary())))
              .attributes != newer.attributes)
    return false;
  const auto &from = older.schema->outputs(), &to = newer.schema->outputs();
  for (size_t i = 0; i < std::min<size_t>(node.output_size(), from.size()); ++i)
    if (i >= to.size() || from[i].GetTypeStr() != to[i].GetTypeStr())
      return false;
  return true;
}

//===----------------------------------------------------------------------===//
// Attributes and numbers of inputs
//===----------------------------------------------------------------------===//

std::string
coppice::onnx_frontend::describeUnknownAttribute(StringRef name,
                                                 ArrayRef<std::string> known) {
  std::string text = "attribute '" + name.str() + "' is unknown";
  const std::string *nearest = nullptr;
  unsigned best = 3;
  for (const std::string &candidate : known) {
    unsigned distance = name.edit_distance(candidate, true, best);
    if (distance < best) {
      best = distance;
      nearest = &candidate;
    }
  }
  if (nearest)
    return text + "; is '" + *nearest + "' meant?";
  if (known.empty())
    return text + "; the operator has none";
  text += "; the operator has ";
  for (size_t i = 0; i < known.size(); ++i)
    text += (i ? ", '" : "'") + known[i] + "'";
  return text;
}

/// Returns an error if operator set `opset` has no operator of this type, but
/// another set has; empty otherwise.
static std::string checkOperatorSet(StringRef type, const Operator &op,
                                    int64_t opset) {
  std::string set = "operator set " + std::to_string(opset);
  if (op.schema && op.schema->Deprecated())
    return set + " does not have the operator, which ended with set " +
           std::to_string(op.schema->SinceVersion() - 1) +
           "; export the model again";
  if (op.version || llvm::is_contained(takenEarly, type))
    return {};
  for (int64_t later = opset + 1; later <= kNewestKnown; ++later)
    if (int64_t version = findOperator(type, later).version)
      return set + " does not have the operator, which begins with set " +
             std::to_string(version) + "; export the model again";
  return {};
}

std::string coppice::onnx_frontend::checkAttributes(const NodeProto &node,
                                                    int64_t opset) {
  Operator op = findOperator(node.op_type(), opset);
  if (std::string wrong = checkOperatorSet(node.op_type(), op, opset);
      !wrong.empty())
    return wrong;
  if (!op.version)
    return {};
  std::set<StringRef> seen;
  for (const ::onnx::AttributeProto &attribute : node.attribute()) {
    // A name with two leading underscores is an annotation of a tool.
    if (!op.attributes.count(attribute.name()) &&
        !StringRef(attribute.name()).starts_with("__"))
      return describeUnknownAttribute(attribute.name(),
                                      llvm::to_vector(op.attributes));
    if (!seen.insert(attribute.name()).second)
      return "attribute '" + attribute.name() + "' is given twice";
  }
  if (!op.schema)
    return {};
  std::string set = " in operator set " + std::to_string(opset);
  if (node.output_size() > op.schema->max_output())
    return "has " + std::to_string(node.output_size()) +
           " outputs, but gives " + std::to_string(op.schema->max_output()) +
           set;
  // Later sets add inputs to operators, but no outputs.
  if (opset > getNewestInLibrary())
    return {};
  if (node.input_size() < op.schema->min_input())
    return "input " + std::to_string(node.input_size()) + " is missing";
  if (node.input_size() > op.schema->max_input())
    return "has " + std::to_string(node.input_size()) + " inputs, but takes " +
           std::to_string(op.schema->max_input()) + set;
  return {};
}

//===----------------------------------------------------------------------===//
// Types
//===----------------------------------------------------------------------===//

/// Returns the type code of libonnx's `tensor(float)` and others; 0 if the type
/// is not a tensor, or has an element type that Coppice lacks.
static int getTypeCode(::onnx::DataType type) {
  const ::onnx::TypeProto &proto = DataTypeUtils::ToTypeProto(type);
  int code = proto.has_tensor_type() ? proto.tensor_type().elem_type() : 0;
  return getElementBytes(code) ? code : 0;
}

/// Returns an error if inputs that must have one type differ.
static std::string checkOneType(const NodeProto &node, const OpSchema &schema,
                                ArrayRef<int> types) {
  // The first input of a type in the schema, by the type's name.
  std::map<std::string, size_t> first;
  const auto &inputs = schema.inputs();
  for (size_t i = 0; i < types.size() && !inputs.empty(); ++i) {
    const OpSchema::FormalParameter &input =
        inputs[std::min(i, inputs.size() - 1)];
    bool isFree = input.GetOption() == OpSchema::Variadic
                      ? !input.GetIsHomogeneous()
                      : i >= inputs.size();
    if (isFree || types[i] == 0)
      continue;
    size_t other = first.try_emplace(input.GetTypeStr(), i).first->second;
    if (types[i] != types[other])
      return "inputs '" + node.input(other) + "' and '" + node.input(i) +
             "' have the element types " + getTypeName(types[other]) + " and " +
             getTypeName(types[i]) +
             ", but the operator takes one type for both; convert one of them, "
             "with a Cast for instance";
  }
  return {};
}

std::string coppice::onnx_frontend::checkInputTypes(const NodeProto &node,
                                                    int64_t opset,
                                                    ArrayRef<int> types) {
  Operator op = findOperator(node.op_type(), opset);
  if (!op.version)
    return {};
  for (size_t i = 0; i < types.size(); ++i) {
    std::set<int> allowed;
    if (op.schema) {
      const auto &inputs = op.schema->inputs();
      if (inputs.empty() ||
          (i >= inputs.size() && opset > getNewestInLibrary() &&
           inputs.back().GetOption() != OpSchema::Variadic))
        continue;
      for (::onnx::DataType type :
           inputs[std::min(i, inputs.size() - 1)].GetTypes())
        allowed.insert(getTypeCode(type));
    }
    for (StringRef word : op.laterTypes)
      allowed.insert(
          getTypeCode(DataTypeUtils::ToType("tensor(" + word.str() + ")")));
    allowed.erase(0);
    if (types[i] == 0 || allowed.empty() || allowed.count(types[i]))
      continue;
    std::string text = "input '" + node.input(i) + "' has element type " +
                       getTypeName(types[i]) + "; operator set " +
                       std::to_string(opset) + " allows";
    const char *separator = " ";
    for (int code : allowed) {
      text += separator + getTypeName(code);
      separator = ", ";
    }
    return text;
  }
  return op.schema ? checkOneType(node, *op.schema, types) : std::string();
}

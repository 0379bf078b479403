//===- Values.cpp - Values of the names of a graph --------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "python-free-frontends/ONNX/Importer.h"

#include "dialects/Coppice/IR/Names.h"

using namespace mlir;
using namespace coppice;
using namespace coppice::onnx_frontend;
using ::onnx::NodeProto;

//===----------------------------------------------------------------------===//
// Names
//===----------------------------------------------------------------------===//

Binding *GraphImporter::lookup(StringRef name) {
  auto it = bindings.find(name);
  return it == bindings.end() ? nullptr : &it->second;
}

LogicalResult GraphImporter::bind(StringRef name, Binding binding,
                                  Location loc) {
  if (!bindings.try_emplace(name, std::move(binding)).second)
    return emitError(loc) << "the name '" << name << "' is defined twice";
  return success();
}

Value GraphImporter::materialize(StringRef name, Binding &binding) {
  if (binding.value || !binding.constant)
    return binding.value;
  Location loc = NameLoc::get(builder.getStringAttr(name));
  const FileTensor &tensor = *binding.constant;
  if (!binding.isWeight)
    return binding.value =
               arith::ConstantOp::create(builder, loc, tensor.toAttr(name));

  train::ParameterOp parameter = createParameter(name, tensor, binding.layout);
  return binding.value = readParameter(parameter);
}

Value GraphImporter::readParameter(train::ParameterOp parameter) {
  return train::ReadOp::create(builder, parameter.getLoc(),
                               parameter.getValueType(),
                               FlatSymbolRefAttr::get(parameter));
}

train::ParameterOp GraphImporter::createParameter(StringRef name,
                                                  const FileTensor &tensor,
                                                  ArrayRef<int64_t> layout,
                                                  Type quantized) {
  Location loc = NameLoc::get(builder.getStringAttr(name));
  std::string symbol = name.str();
  for (unsigned i = 0; symbols.contains(symbol); ++i)
    symbol = (name + "_" + Twine(i)).str();
  FileTensor stored = tensor;
  if (quantized) // the quantized type knows the sign
    stored.type = cast<RankedTensorType>(
        lowp::getStorageTensor(lowp::withElement(tensor.type, quantized)));
  ElementsAttr value = stored.toResource(name, layout);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPoint(function);
  auto parameter = train::ParameterOp::create(
      builder, loc, builder.getStringAttr(symbol),
      TypeAttr::get(value.getShapedType()), value,
      train::ParameterRoleAttr::get(builder.getContext(),
                                    train::ParameterRole::weight),
      builder.getStringAttr(name),
      layout.empty() ? DenseI64ArrayAttr()
                     : builder.getDenseI64ArrayAttr(layout),
      /*state_offset=*/IntegerAttr(),
      quantized ? TypeAttr::get(quantized) : TypeAttr());
  if (auto tie = ties.find(name); tie != ties.end())
    parameter->setAttr(
        train::kTiedNodesAttr,
        builder.getStrArrayAttr(llvm::to_vector_of<StringRef>(tie->second)));
  symbols[symbol] = parameter;
  return parameter;
}

void GraphImporter::markStatistics(Value value, double momentum) {
  SmallVector<Value> pending{value};
  llvm::SetVector<Operation *> made;
  while (!pending.empty()) {
    Operation *op = pending.pop_back_val().getDefiningOp();
    if (!op)
      return; // computed from an input, by layers that have weights
    if (made.insert(op))
      llvm::append_range(pending, op->getOperands());
  }
  for (Operation *op : made) {
    auto read = dyn_cast<train::ReadOp>(op);
    if (!read)
      continue;
    train::ParameterOp parameter = symbols.lookup(read.getParameter());
    parameter.setRole(train::ParameterRole::statistic);
    parameter->setAttr(train::kRunningMomentumAttr,
                       builder.getF64FloatAttr(momentum));
  }
}

//===----------------------------------------------------------------------===//
// Initializers
//===----------------------------------------------------------------------===//

LogicalResult GraphImporter::readInitializers() {
  MLIRContext *context = builder.getContext();
  if (graph.sparse_initializer_size())
    unsupported.push_back({"", "sparse initializer", "", {}});
  for (const ::onnx::ValueInfoProto &input : graph.input()) {
    auto it = options.constants.find(input.name());
    if (it == options.constants.end())
      continue;
    ::onnx::TensorProto &proto = *graph.add_initializer();
    if (!proto.ParseFromString(it->second))
      return emitError(fileLoc)
             << "the value of input '" << input.name()
             << "' is not a serialized TensorProto; write it with an ONNX tool";
    proto.set_name(input.name());
  }
  if (failed(checkSize()))
    return failure();
  for (auto [index, proto] : llvm::enumerate(*graph.mutable_initializer())) {
    if (proto.name().empty())
      return emitError(fileLoc)
             << "initializer " << index
             << " of the graph has no name, so no node can read it; remove it, "
                "or export the model again";
    Location loc = NameLoc::get(builder.getStringAttr(proto.name()));
    Binding binding;
    if (!getElementType(proto.data_type(), context)) {
      ::onnx::NodeProto node;
      node.set_op_type("initializer");
      node.set_name(proto.name());
      addUnsupported(node,
                     "element type " + getTypeCodeName(proto.data_type()));
      binding.isPoisoned = true;
    } else {
      std::string reason;
      FailureOr<FileTensor> tensor = readTensor(proto, folder, context, reason);
      if (failed(tensor))
        return emitError(loc)
               << "initializer '" << proto.name() << "': " << reason;
      // A single number is part of a formula and not a weight.
      binding.isWeight = tensor->isFloat() && tensor->type.getRank() > 0 &&
                         !options.constants.contains(proto.name());
      binding.isFromFile = true;
      binding.constant = std::move(*tensor);
    }
    if (failed(bind(proto.name(), std::move(binding), loc)))
      return failure();
  }
  collectUses();
  return success();
}

/// Finds the weights that only convolutions read. They are stored in the layout
/// of convolutions.
void GraphImporter::collectUses() {
  llvm::StringMap<std::pair<unsigned, unsigned>> uses; // convolutions, all
  for (const NodeProto &node : graph.node()) {
    const OpInfo *info = findOp(table, node.domain(), node.op_type());
    int weight = info ? info->convolutionWeight : -1;
    for (auto [i, name] : llvm::enumerate(node.input())) {
      std::pair<unsigned, unsigned> &count = uses[name];
      ++count.second;
      count.first += static_cast<int>(i) == weight;
    }
  }
  for (const ::onnx::ValueInfoProto &output : graph.output())
    ++uses[output.name()].second;
  for (auto &entry : uses)
    if (entry.second.first == entry.second.second)
      convolutionWeights.insert(entry.first());
  for (auto &entry : bindings)
    if (Binding &binding = entry.second; binding.isWeight)
      binding.layout =
          getStoredLayout(entry.first(), binding.constant->type.getRank());
}

SmallVector<int64_t> GraphImporter::getStoredLayout(StringRef name,
                                                    int64_t rank) const {
  if (!convolutionWeights.contains(name))
    return {};
  if (rank == 4)
    return {2, 3, 1, 0};
  if (rank == 3)
    return {2, 1, 0};
  return {};
}

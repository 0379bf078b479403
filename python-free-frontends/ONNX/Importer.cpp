//===- Importer.cpp - A graph becomes a function ----------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "python-free-frontends/ONNX/Importer.h"

#include "dialects/Coppice/IR/EntryPoint.h"
#include "dialects/Coppice/IR/Names.h"
#include "python-free-frontends/ONNX/ModelFile.h"
#include "python-free-frontends/ONNX/Nodes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/Support/Path.h"

using namespace mlir;
using namespace coppice;
using namespace coppice::onnx_frontend;
using ::onnx::NodeProto;

GraphImporter::GraphImporter(::onnx::ModelProto &model, StringRef path,
                             const ONNXImportOptions &options,
                             MLIRContext *context)
    : builder(context), options(options),
      folder(llvm::sys::path::parent_path(path)), table(makeOpTable()),
      model(model), graph(*model.mutable_graph()),
      fileLoc(fileLocation(path, context)), module(ModuleOp::create(fileLoc)) {
  for (StringRef taken :
       {StringRef("infer"), StringRef("train"), StringRef("gradients"),
        StringRef("init"), StringRef(train::kStepCounter),
        StringRef(train::kRandomCounter)})
    symbols[taken] = nullptr;
  symbols[("train" + train::kCallsSuffix).str()] = nullptr;
  (*module)->setAttr(train::kModelAttr,
                     builder.getStringAttr(llvm::sys::path::stem(path)));
}

OpTable coppice::onnx_frontend::makeOpTable() {
  OpTable table;
  addActivationOps(table);
  addArithmeticOps(table);
  addConstantOps(table);
  addConvolutionOps(table);
  addIndexingOps(table);
  addLossOps(table);
  addMatMulOps(table);
  addNormalizationOps(table);
  addPoolingOps(table);
  addQuantizationOps(table);
  addQuantizedOperators(table);
  addReductionOps(table);
  addResizeOps(table);
  addShapeOps(table);
  return table;
}

/// Emits an error that a valid file has parts that are not supported.
static InFlightDiagnostic emitUnsupported(Location loc) {
  InFlightDiagnostic diag = emitError(loc);
  diag.getUnderlyingDiagnostic()->getMetadata().emplace_back(
      kUnsupportedDiagnostic);
  return diag;
}

LogicalResult GraphImporter::readOpsets() {
  for (const ::onnx::OperatorSetIdProto &opset : model.opset_import())
    opsets[canonicalDomain(opset.domain())] = opset.version();
  auto isONNX = [](const NodeProto &node) {
    return isONNXDomain(node.domain());
  };
  auto onnx = opsets.find("");
  // Nodes of other domains are refused by name.
  if (onnx == opsets.end() && !graph.node().empty() &&
      llvm::none_of(graph.node(), isONNX))
    return success();
  if (onnx == opsets.end())
    return emitError(fileLoc)
           << "the model imports no operator set of ONNX, so its operators "
              "have no definition; export it again, with an opset_import";
  if (onnx->second < 1)
    return emitError(fileLoc)
           << "the model states operator set " << onnx->second
           << ", but operator sets count from 1; export it again";
  return success();
}

int64_t GraphImporter::getOpset(StringRef domain) const {
  return opsets.lookup(canonicalDomain(domain));
}

const OpInfo *coppice::onnx_frontend::findOp(const OpTable &table,
                                             StringRef domain, StringRef type) {
  domain = canonicalDomain(domain);
  auto it =
      table.find(domain.empty() ? type.str() : (domain + "." + type).str());
  return it == table.end() ? nullptr : &it->second;
}

//===----------------------------------------------------------------------===//
// Inputs
//===----------------------------------------------------------------------===//

LogicalResult GraphImporter::checkOptions() {
  for (auto &shape : options.shapes) {
    const std::string &name = shape.first;
    if (llvm::any_of(graph.input(), [&](auto &input) {
          return input.name() == name && !lookup(name);
        }))
      continue;
    InFlightDiagnostic diag = emitError(fileLoc);
    diag << "--shape names an input '" << name
         << "' that the model does not have; its inputs are";
    for (auto &input : graph.input())
      if (!lookup(input.name()))
        diag << " '" << input.name() << "'";
    return diag;
  }
  if (options.batch && *options.batch < 1)
    return emitError(fileLoc)
           << "the batch size must be positive, not " << *options.batch;
  return success();
}

LogicalResult GraphImporter::addInput(const ::onnx::ValueInfoProto &input) {
  auto func = cast<func::FuncOp>(function);
  Location loc = NameLoc::get(builder.getStringAttr(
      input.name().empty() ? std::string("input") : input.name()));
  if (!input.type().has_tensor_type())
    return emitUnsupported(loc)
           << "input '" << input.name() << "' is not a tensor";
  const ::onnx::TypeProto::Tensor &tensor = input.type().tensor_type();
  Type element = getElementType(tensor.elem_type(), builder.getContext());
  if (!element)
    return emitUnsupported(loc)
           << "input '" << input.name() << "': element type "
           << getTypeCodeName(tensor.elem_type()) << " is not supported";

  std::string text;
  SmallVector<int64_t> shape;
  for (const ::onnx::TensorShapeProto::Dimension &dim : tensor.shape().dim()) {
    text += text.empty() ? "" : "x";
    text += dim.has_dim_value()       ? std::to_string(dim.dim_value())
            : dim.dim_param().empty() ? "?"
                                      : dim.dim_param();
    shape.push_back(dim.has_dim_value() && dim.dim_value() >= 0
                        ? dim.dim_value()
                        : ShapedType::kDynamic);
  }
  bool hasShape = tensor.has_shape();
  // The leading extent may be the batch, which is set below.
  for (size_t i = 1; i < shape.size(); ++i)
    if (ShapedType::isDynamic(shape[i]))
      shape[i] = openExtents.get(input, i).value_or(ShapedType::kDynamic);
  std::optional<int64_t> fromTensor = openExtents.getBatch(input);
  std::optional<int64_t> openBatch =
      fromTensor ? fromTensor : options.openBatch;
  for (auto &[name, given] : options.shapes) {
    if (name != input.name())
      continue;
    if (hasShape && given.size() != shape.size())
      return emitError(loc)
             << "--shape gives input '" << name << "' " << given.size()
             << " axes, but it has " << shape.size() << " (" << text << ")";
    for (size_t i = 0; i < shape.size(); ++i)
      hasOtherShapes |=
          !ShapedType::isDynamic(shape[i]) && shape[i] != given[i];
    shape = given;
    hasShape = true;
  }
  if (auto told = openExtents.getShape(input); told && !hasShape) {
    shape.assign(told->begin(), told->end());
    hasShape = true;
  }
  // An input whose leading extent differs from the first input's has no batch
  // axis.
  auto hasBatch = [&] {
    if (shape.empty() || shape[0] == ShapedType::kDynamic)
      return !shape.empty();
    for (const ::onnx::ValueInfoProto &first : graph.input()) {
      if (Binding *binding = lookup(first.name()); binding && binding->constant)
        continue;
      const auto &dims = first.type().tensor_type().shape();
      return first.name() == input.name() ||
             (dims.dim_size() && dims.dim(0).has_dim_value() &&
              dims.dim(0).dim_value() == shape[0]);
    }
    return true;
  };
  const std::optional<int64_t> &given =
      !shape.empty() && shape[0] == ShapedType::kDynamic && !options.batch
          ? openBatch
          : options.batch;
  if (given && hasBatch()) {
    if (!options.batch)
      func->setAttr(train::kOpenBatchAttr, builder.getUnitAttr());
    isBatchOpen |= ShapedType::isDynamic(shape[0]);
    hasOtherShapes |= !ShapedType::isDynamic(shape[0]) && shape[0] != *given;
    shape[0] = *given;
    // If a given tensor decided the open extents, the batch of the file is not
    // guessed.
    if (options.batch || !fromTensor)
      batch = given;
  }
  if (!hasShape || ShapedType::isDynamicShape(shape)) {
    std::string example;
    for (int64_t extent : shape)
      example += (example.empty() ? "" : "x") + (extent == ShapedType::kDynamic
                                                     ? std::string("1")
                                                     : std::to_string(extent));
    return emitError(loc) << "input '" << input.name() << "' has "
                          << (hasShape ? "the dynamic shape " + text
                                       : std::string("no shape"))
                          << "; fix it with --shape " << input.name() << "="
                          << (hasShape ? example : std::string("1x3x32x32"));
  }
  int64_t count = 1;
  for (int64_t extent : shape)
    if (llvm::MulOverflow(count, extent, count) || count > (int64_t(1) << 40))
      return emitError(loc) << "input '" << input.name() << "' is too large";
  auto type = RankedTensorType::get(shape, element);
  auto role =
      RoleAttr::get(builder.getContext(), EntryRole::input, input.name());
  unsigned index = func.getNumArguments();
  if (failed(func.insertArgument(index, type, role.asDictionary(), loc)))
    return failure();
  Binding binding;
  binding.value = func.getArgument(index);
  return bind(input.name(), std::move(binding), loc);
}

LogicalResult GraphImporter::createFunction() {
  builder.setInsertionPointToEnd(module->getBody());
  auto func = func::FuncOp::create(builder, fileLoc, "infer",
                                   builder.getFunctionType({}, {}));
  function = func;
  Block *body = func.addEntryBlock();
  SmallVector<const ::onnx::ValueInfoProto *> inputs;
  for (const ::onnx::ValueInfoProto &input : graph.input())
    if (!lookup(input.name()))
      inputs.push_back(&input);
  openExtents = OpenExtents(options, inputs);
  for (const ::onnx::ValueInfoProto &input : graph.input())
    if (!lookup(input.name()) && failed(addInput(input)))
      return failure();
  for (const ::onnx::ValueInfoProto &info : graph.value_info())
    declared[info.name()] = {&info, /*isOutput=*/false};
  for (const ::onnx::ValueInfoProto &info : graph.output())
    declared[info.name()] = {&info, /*isOutput=*/true};
  builder.setInsertionPointToEnd(body);
  return success();
}

//===----------------------------------------------------------------------===//
// Nodes
//===----------------------------------------------------------------------===//

Location GraphImporter::nodeLocation(const NodeProto &node) {
  SmallVector<Location> names;
  for (const std::string &output : node.output()) {
    if (!output.empty()) {
      names.push_back(NameLoc::get(builder.getStringAttr(output)));
      break;
    }
  }
  if (!node.name().empty())
    names.push_back(NameLoc::get(builder.getStringAttr(node.name())));
  if (names.empty())
    return fileLoc;
  return FusedLoc::get(builder.getContext(), names);
}

LogicalResult GraphImporter::reportUndefined(StringRef name,
                                             const NodeProto &node,
                                             Location loc) {
  for (const NodeProto &other : graph.node())
    if (llvm::is_contained(other.output(), name))
      return emitError(loc)
             << node.op_type() << ": input '" << name
             << "' is computed by a later node or by this one; the nodes are "
                "not sorted, or form a cycle";
  return emitError(loc) << node.op_type() << ": nothing defines input '" << name
                        << "'";
}

void GraphImporter::findReadNames() {
  readNames = onnx_frontend::findReadNames(graph, options.extraOutputs);
}

LogicalResult GraphImporter::importNode(NodeProto &node) {
  // A node without readers is no reason to refuse a model.
  if (llvm::none_of(node.output(), [&](StringRef name) {
        return !name.empty() && isRead(name);
      }))
    return success();
  Location loc = nodeLocation(node);
  bool isPoisoned = false;
  for (const std::string &name : node.input()) {
    if (name.empty())
      continue;
    Binding *binding = lookup(name);
    if (!binding)
      return reportUndefined(name, node, loc);
    isPoisoned |= binding->isPoisoned;
  }

  auto poisonOutputs = [&]() -> LogicalResult {
    for (const std::string &name : node.output()) {
      Binding binding;
      binding.isPoisoned = true;
      if (!name.empty() && !lookup(name) &&
          failed(bind(name, std::move(binding), loc)))
        return failure();
    }
    return success();
  };
  const OpInfo *info = findOp(table, node.domain(), node.op_type());
  if (!info) {
    addUnsupported(node, "");
    return poisonOutputs();
  }
  if (isPoisoned)
    return poisonOutputs();

  const OpInfo &op = *info;
  NodeImporter importer(*this, node, loc, getOpset(node.domain()), op.codes);
  if (failed(importer.checkOperator()))
    return failure();
  for (int i = 0; i < op.minInputs; ++i)
    if (!importer.hasInput(i))
      return importer.error("input " + Twine(i) + " is missing");
  if (node.input_size() > op.maxInputs)
    return importer.error("has " + Twine(node.input_size()) +
                          " inputs, more than " + Twine(op.maxInputs));
  for (int i = op.maxOutputs; i < node.output_size(); ++i)
    if (importer.hasOutput(i))
      return importer.error("has " + Twine(node.output_size()) +
                            " outputs, more than " + Twine(op.maxOutputs));
  size_t before = unsupported.size(), nodesBefore = 0;
  for (const Unsupported &entry : unsupported)
    nodesBefore += entry.nodes.size();
  if (succeeded(op.import(importer)))
    return failed(importer.checkRead()) ? failure() : checkOutputs(node, loc);
  size_t nodesAfter = 0;
  for (const Unsupported &entry : unsupported)
    nodesAfter += entry.nodes.size();
  if (unsupported.size() == before && nodesAfter == nodesBefore)
    return failure();
  return poisonOutputs();
}

//===----------------------------------------------------------------------===//
// The end
//===----------------------------------------------------------------------===//

void GraphImporter::addUnsupported(const NodeProto &node, const Twine &why) {
  std::string domain = canonicalDomain(node.domain()).str();
  std::string reason = why.str();
  std::string name = !node.name().empty()     ? node.name()
                     : node.output_size() > 0 ? node.output(0)
                                              : "(no name)";
  for (Unsupported &entry : unsupported) {
    if (entry.domain == domain && entry.opType == node.op_type() &&
        entry.why == reason) {
      entry.nodes.push_back(name);
      return;
    }
  }
  unsupported.push_back({domain, node.op_type(), reason, {name}});
}

LogicalResult GraphImporter::reportUnsupported() {
  if (unsupported.empty())
    return success();
  InFlightDiagnostic diag = emitUnsupported(fileLoc);
  diag << "the model has parts that are not supported:";
  for (const Unsupported &entry : unsupported) {
    diag << "\n  " << entry.opType << " (domain "
         << (entry.domain.empty() ? "ai.onnx" : entry.domain) << ", opset "
         << getOpset(entry.domain) << ")";
    if (!entry.why.empty())
      diag << ": " << entry.why;
    diag << (entry.nodes.empty() ? "" : "; node ");
    llvm::interleave(
        entry.nodes, [&](StringRef node) { diag << "'" << node << "'"; },
        [&] { diag << ", "; });
  }
  return diag;
}

LogicalResult GraphImporter::createReturn() {
  auto func = cast<func::FuncOp>(function);
  SmallVector<Value> results;
  SmallVector<Attribute> attributes;
  auto addRole = [&](StringRef name) {
    attributes.push_back(
        RoleAttr::get(builder.getContext(), EntryRole::output, name)
            .asDictionary());
  };
  if (graph.output_size() == 0)
    return emitError(fileLoc) << "the model has no output";
  for (const ::onnx::ValueInfoProto &output : graph.output()) {
    Binding *binding = lookup(output.name());
    if (!binding)
      return emitError(fileLoc)
             << "nothing defines the model's output '" << output.name() << "'";
    results.push_back(
        asIntegers(builder, materialize(output.name(), *binding)));
    // Check results that are inputs or initializers; those of nodes have been
    // checked.
    if (failed(checkDeclared(output,
                             binding->fileType ? binding->fileType
                                               : results.back().getType(),
                             fileLoc, /*isOutput=*/true)))
      return failure();
    addRole(output.name());
  }
  for (const std::string &name : options.extraOutputs) {
    if (llvm::any_of(graph.output(),
                     [&](auto &output) { return output.name() == name; }))
      continue;
    Binding *binding = lookup(name);
    if (!binding)
      return emitError(fileLoc) << "the model has no tensor '" << name << "'";
    results.push_back(asIntegers(builder, materialize(name, *binding)));
    addRole(name);
  }
  func::ReturnOp::create(builder, fileLoc, results);
  // Erase constants that only shapes were computed from.
  for (Operation &op :
       llvm::make_early_inc_range(llvm::reverse(func.getBody().front())))
    if (isa<arith::ConstantOp>(op) && op.use_empty())
      op.erase();
  func.setType(builder.getFunctionType(func.getArgumentTypes(),
                                       ValueRange(results).getTypes()));
  func.setResAttrsAttr(builder.getArrayAttr(attributes));
  EntryPoint(func).mark();
  return success();
}

FailureOr<OwningOpRef<ModuleOp>> GraphImporter::run() {
  if (failed(readOpsets()))
    return failure();
  ties = separateParameters(model, folder, table, builder.getContext());
  findReadNames();
  if (failed(readInitializers()) || failed(checkOptions()) ||
      failed(createFunction()))
    return failure();
  for (NodeProto &node : *graph.mutable_node())
    if (failed(importNode(node)))
      return failure();
  if (failed(reportUnsupported()) || failed(createReturn()) ||
      failed(verify(*module)))
    return failure();
  return std::move(module);
}

FailureOr<OwningOpRef<ModuleOp>>
coppice::importONNX(StringRef path, const ONNXImportOptions &options,
                    MLIRContext *context) {
  context->loadDialect<CoppiceDialect, arith::ArithDialect, func::FuncDialect,
                       lowp::LowPDialect, math::MathDialect, nn::NNDialect,
                       tensor::TensorDialect, train::TrainDialect>();
  FailureOr<std::unique_ptr<::onnx::ModelProto>> model =
      readModelFile(path, context);
  if (failed(model))
    return failure();
  return GraphImporter(**model, path, options, context).run();
}

FailureOr<std::pair<std::string, SmallVector<int64_t>>>
coppice::parseShapeOverride(StringRef text,
                            function_ref<void(const Twine &)> error) {
  // A name may contain '=', a shape cannot.
  auto [name, shape] = text.rsplit('=');
  SmallVector<int64_t> extents;
  SmallVector<StringRef> parts;
  shape.split(parts, 'x');
  bool isValid = !name.empty() && text.contains('=');
  for (StringRef part : parts) {
    int64_t extent = 0;
    isValid &= !part.getAsInteger(10, extent) && extent > 0;
    extents.push_back(extent);
  }
  if (isValid)
    return std::make_pair(name.str(), std::move(extents));
  error("'" + text + "' is not of the form NAME=1x3x32x32");
  return failure();
}

//===- Importer.h - From ONNX nodes to nn ops -------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_FRONTENDS_ONNX_IMPORTER_H
#define COPPICE_FRONTENDS_ONNX_IMPORTER_H

#include "coppice/ONNX.h"
#include "dialects/NN/IR/NN.h"
#include "dialects/Train/IR/Train.h"
#include "python-free-frontends/ONNX/FileTensor.h"
#include "python-free-frontends/ONNX/OpenExtents.h"
#include "python-free-frontends/ONNX/TensorData.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/Verifier.h"
#include "llvm/ADT/StringSet.h"

namespace coppice::onnx_frontend {

class NodeImporter;
using ImportFn = mlir::LogicalResult (*)(NodeImporter &);

/// Whether an op gets codes as quantized tensors, or as the file's integers.
enum class Codes { asIntegers, asQuantized };

/// The role of an operand for the layer that reads it. A float tensor of the
/// file becomes a parameter if a node reads it in one of these roles;
/// docs/Parameters.md has the rule.
enum class OperandRole {
  none,
  weight,
  bias,
  scale,
  shift,
  slope,
  mean,
  variance,
  /// A vector that is added to or multiplied with the result of a layer or a
  /// normalization. It is the bias, shift or scale if the file writes it as a
  /// node of its own.
  term,
  factor,
};

/// The codes that post-training quantization gives an op's results.
enum class ResultCodes {
  /// The results stay floats.
  none,
  /// Codes of their own.
  own,
  /// Codes of their own; constant operands get codes too.
  elementwise,
  /// Codes of their own; the op sums products with weights.
  layer,
  /// The same, of an op that clips: where it alone reads another op that
  /// computes, that one clips its codes.
  clip,
  /// The codes of input 0, because the op moves or selects its elements.
  input,
};

/// Effect of an error of an op's only variable input on its results.
enum class ErrorGrowth {
  /// Unknown.
  open,
  /// As large.
  same,
  /// As large, beside results of another size.
  shifted,
  /// As large in proportion to the results: the other factor or divisor is
  /// constant, or varies with the input.
  scaled,
  /// Half as large in proportion to the results.
  root,
};

/// The import function of an op, and its numbers of inputs and outputs. The
/// first `minInputs` inputs must be present.
struct OpInfo {
  ImportFn import;
  int minInputs;
  int maxInputs;
  int maxOutputs = 1;
  /// Ops that move elements keep the quantized type. Ops that compute get
  /// integers, because ONNX defines them on integers.
  Codes codes = Codes::asIntegers;
  /// The roles of the inputs; inputs behind the last have `none`.
  llvm::SmallVector<OperandRole, 5> roles = {};
  /// Whether the results contain the elements of input 0 alone, perhaps moved
  /// or converted. A parameter stays one behind such nodes.
  bool forwards = false;
  ResultCodes results = ResultCodes::none;
  /// The input that is the weight of a convolution, or -1. It is stored in the
  /// layout that convolutions read.
  int convolutionWeight = -1;
  /// The input near 0 of which results are without bound: a divisor, the
  /// argument of a logarithm. With an exponent, only where that is negative.
  int divisor = -1;
  int exponent = -1;
  ErrorGrowth error = ErrorGrowth::open;
  /// Whether results lie between 0 and 1, whatever the inputs.
  bool isFraction = false;

  OperandRole getRole(int input) const {
    return input < static_cast<int>(roles.size()) ? roles[input]
                                                  : OperandRole::none;
  }
};
constexpr int kVariadic = INT_MAX;
/// The ops by type; those of another domain than ONNX's by `domain.type`.
using OpTable = llvm::StringMap<OpInfo>;

// Add the ops of one topic each.
void addActivationOps(OpTable &table);
void addArithmeticOps(OpTable &table);
void addConstantOps(OpTable &table);
void addConvolutionOps(OpTable &table);
void addIndexingOps(OpTable &table);
void addLossOps(OpTable &table);
void addMatMulOps(OpTable &table);
void addNormalizationOps(OpTable &table);
void addPoolingOps(OpTable &table);
void addQuantizationOps(OpTable &table);
void addQuantizedOperators(OpTable &table);
void addReductionOps(OpTable &table);
void addResizeOps(OpTable &table);
void addShapeOps(OpTable &table);
/// Returns the table of all ops.
OpTable makeOpTable();
/// Returns the op of `type` in a domain; null if it cannot be imported.
const OpInfo *findOp(const OpTable &table, llvm::StringRef domain,
                     llvm::StringRef type);

/// The names of the nodes that read an initializer as one weight, by
/// initializer.
using TiedNodes = llvm::StringMap<llvm::SmallVector<std::string>>;

/// Rewrites the graph so that each parameter has an initializer of its own
/// (docs/Parameters.md). A Constant node that holds a parameter becomes an
/// initializer. An initializer that several nodes read, and that is not a tied
/// weight, is copied for each node under a new name. Returns the remaining
/// ties. Rewriting a graph again does not change it. `folder` is the folder of
/// external data files.
TiedNodes separateParameters(::onnx::ModelProto &model, llvm::StringRef folder,
                             const OpTable &table, mlir::MLIRContext *context);

/// The value of a name in the graph.
struct Binding {
  /// The value in the IR; null until a known tensor is needed as a value.
  mlir::Value value;
  std::optional<FileTensor> constant;
  /// The parameter of an initializer of codes, once a node has defined their
  /// real values.
  mlir::Value codes;
  /// Whether an initializer becomes a `train.parameter`, so that its values
  /// must not be folded.
  bool isWeight = false;
  /// The layout of a parameter that is stored permuted.
  llvm::SmallVector<int64_t> layout;
  /// The type of the tensor in the file, if `value` is stored permuted.
  mlir::RankedTensorType fileType;
  /// Whether the tensor is an initializer or a Constant node of the file.
  bool isFromFile = false;
  /// Whether the node that computes it could not be imported.
  bool isPoisoned = false;
};

/// A part of the graph that is not supported, and the nodes with it.
struct Unsupported {
  std::string domain, opType, why;
  llvm::SmallVector<std::string> nodes;
};

/// State of the import of one graph.
class GraphImporter {
public:
  GraphImporter(::onnx::ModelProto &model, llvm::StringRef path,
                const ONNXImportOptions &options, mlir::MLIRContext *context);

  mlir::FailureOr<mlir::OwningOpRef<mlir::ModuleOp>> run();

  /// Returns the value of a binding; creates the constant or the parameter.
  mlir::Value materialize(llvm::StringRef name, Binding &binding);
  /// Adds a parameter of role `weight`. `quantized` is the element type of its
  /// values; null for values that are not codes.
  train::ParameterOp createParameter(llvm::StringRef name,
                                     const FileTensor &tensor,
                                     llvm::ArrayRef<int64_t> layout,
                                     mlir::Type quantized = {});
  mlir::Value readParameter(train::ParameterOp parameter);
  /// Marks the parameters that `value` is computed from as running statistics,
  /// of which a training step keeps `momentum`. A value that is computed from
  /// an input is not a statistic, and neither are the weights that it is
  /// computed with.
  void markStatistics(mlir::Value value, double momentum);
  /// Evaluates `value` from the tensors of the file; null if it depends on an
  /// input, or is large.
  mlir::DenseElementsAttr evaluate(mlir::Value value) const;
  /// Returns the layout in which the weight `name` is stored: that of
  /// convolutions if only they read it; empty for the file's own.
  llvm::SmallVector<int64_t> getStoredLayout(llvm::StringRef name,
                                             int64_t rank) const;
  Binding *lookup(llvm::StringRef name);
  mlir::LogicalResult bind(llvm::StringRef name, Binding binding,
                           mlir::Location loc);
  /// Adds to the report of unsupported parts.
  void addUnsupported(const ::onnx::NodeProto &node, const llvm::Twine &why);
  int64_t getOpset(llvm::StringRef domain) const;
  /// Whether an imported node, the model or the caller reads `name`.
  bool isRead(llvm::StringRef name) const { return readNames.contains(name); }

  mlir::OpBuilder builder;
  const ONNXImportOptions &options;
  /// The batch, if the options set it.
  std::optional<int64_t> batch;
  /// Whether the file leaves the batch open.
  bool isBatchOpen = false;
  OpenExtents openExtents;
  const std::string folder;
  const OpTable table;

private:
  mlir::LogicalResult readOpsets();
  mlir::LogicalResult readInitializers();
  /// Whether code can reach all of the constants.
  mlir::LogicalResult checkSize();
  void collectUses();
  /// Fills `readNames`.
  void findReadNames();
  mlir::LogicalResult checkOptions();
  mlir::LogicalResult createFunction();
  mlir::LogicalResult addInput(const ::onnx::ValueInfoProto &input);
  mlir::LogicalResult importNode(::onnx::NodeProto &node);
  mlir::LogicalResult checkOutputs(const ::onnx::NodeProto &node,
                                   mlir::Location loc);
  mlir::LogicalResult createReturn();
  /// Compares the declaration of a value with its computed type.
  mlir::LogicalResult checkDeclared(const ::onnx::ValueInfoProto &info,
                                    mlir::Type computed, mlir::Location loc,
                                    bool isOutput);
  mlir::LogicalResult reportUnsupported();
  mlir::LogicalResult reportUndefined(llvm::StringRef name,
                                      const ::onnx::NodeProto &node,
                                      mlir::Location loc);
  mlir::Location nodeLocation(const ::onnx::NodeProto &node);

  ::onnx::ModelProto &model;
  ::onnx::GraphProto &graph;
  mlir::Location fileLoc;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  mlir::Operation *function = nullptr;
  llvm::StringMap<int64_t> opsets;
  llvm::StringMap<Binding> bindings;
  /// Parameters by symbol; null for symbols of other ops.
  llvm::StringMap<train::ParameterOp> symbols;
  /// The nodes that share one weight, by initializer.
  TiedNodes ties;
  llvm::StringSet<> readNames;
  /// Names that only convolutions read, as weights.
  llvm::StringSet<> convolutionWeights;
  /// Unsupported domain, op type and reason, with the nodes.
  std::vector<Unsupported> unsupported;
  /// The declarations of the values that nodes compute, and whether they are
  /// results of the model.
  llvm::StringMap<std::pair<const ::onnx::ValueInfoProto *, bool>> declared;
  /// Whether options change the shape of an input.
  bool hasOtherShapes = false;
};

/// An optional operand of `create`.
struct Optional {
  mlir::Value value;
  operator mlir::Value() const { return value; }
};

/// One node, for its import function. Errors are sticky: after one, queries
/// return defaults and `create` returns null. An import function can therefore
/// be written without checks, except before it looks at a type.
class NodeImporter {
public:
  NodeImporter(GraphImporter &graph, const ::onnx::NodeProto &proto,
               mlir::Location loc, int64_t opset, Codes codes)
      : graph(graph), proto(proto), loc(loc), opset(opset), b(graph.builder),
        codes(codes) {}

  GraphImporter &graph;
  const ::onnx::NodeProto &proto;
  const mlir::Location loc;
  /// Version of the operator set of the node's domain.
  const int64_t opset;
  mlir::OpBuilder &b;

  /// Checks that the attributes and the inputs' types fit the operator.
  mlir::LogicalResult checkOperator();
  /// Checks that each attribute of an operator without a schema was read.
  mlir::LogicalResult checkRead();

  /// Reports an invalid node.
  mlir::LogicalResult error(const llvm::Twine &message);
  /// Reports a valid node that Coppice cannot import.
  mlir::LogicalResult unsupported(const llvm::Twine &why);
  bool hasFailed() const { return failed; }

  // Attributes; a wrong type is an error.
  bool hasAttr(llvm::StringRef name) const { return find(name) != nullptr; }
  int64_t getInt(llvm::StringRef name, int64_t byDefault);
  double getFloat(llvm::StringRef name, double byDefault);
  std::string getString(llvm::StringRef name, llvm::StringRef byDefault);
  llvm::SmallVector<int64_t> getInts(llvm::StringRef name);
  llvm::SmallVector<double> getFloats(llvm::StringRef name);
  std::optional<FileTensor> getTensor(llvm::StringRef name);
  /// Returns an axis in [0, rank) from an attribute that may count from the
  /// end.
  int64_t getAxis(llvm::StringRef name, int64_t byDefault, int64_t rank);
  /// Normalises axes; reports an axis that is outside of the rank or duplicate.
  llvm::SmallVector<int64_t> normalizeAxes(llvm::ArrayRef<int64_t> axes,
                                           int64_t rank);

  // Inputs.
  int getNumInputs() const { return proto.input_size(); }
  bool hasInput(int i) const {
    return i < proto.input_size() && !proto.input(i).empty();
  }
  mlir::Value getInput(int i);
  mlir::RankedTensorType getInputType(int i);
  std::optional<FileTensor> getConstant(int i);
  /// Returns a value that must be known at import, such as a shape: a constant,
  /// also one without elements, or what nodes compute from tensors of the file.
  /// A training step may change such a tensor.
  std::optional<FileTensor> getKnown(int i);
  /// Returns the integers of an input that must be known at import.
  llvm::SmallVector<int64_t> getConstantInts(int i, llvm::StringRef what);
  llvm::SmallVector<double> getConstantFloats(int i, llvm::StringRef what);
  /// Returns integers that newer operator sets read from input `i` and older
  /// ones from the attribute `name`; nullopt if both are absent.
  std::optional<llvm::SmallVector<int64_t>> getIntsOf(int i,
                                                      llvm::StringRef name);
  /// Returns the layout of the parameter that input `i` is, if it is permuted.
  llvm::ArrayRef<int64_t> getInputLayout(int i);

  // Outputs.
  /// Whether output `i` is read. An output without readers is not computed.
  bool hasOutput(int i) const {
    return i < proto.output_size() && !proto.output(i).empty() &&
           graph.isRead(proto.output(i));
  }
  mlir::LogicalResult setOutput(int i, mlir::Value value);
  mlir::LogicalResult setOutput(int i, FileTensor constant,
                                bool isFromFile = false);

  mlir::LogicalResult setOutput(int i, Binding binding);

  /// Imports the node as ONNX's operator `op`, with the node's attributes and
  /// other inputs, and returns the result. Messages name the node.
  mlir::Value importAs(llvm::StringRef op,
                       llvm::MutableArrayRef<std::optional<Binding>> inputs);

  // Creates an op. Null if an operand is null or the op would be invalid.
  template <typename OpTy, typename... Args>
  mlir::Value create(Args &&...args) {
    if (failed || (isNull(args) || ...))
      return {};
    mlir::OperationState state(loc, OpTy::getOperationName());
    OpTy::build(b, state, mlir::Type(b.getNoneType()),
                std::forward<Args>(args)...);
    state.types.clear();
    return finish(state);
  }
  template <typename OpTy, typename... Args>
  mlir::Value createTyped(mlir::Type type, Args &&...args) {
    if (failed || (isNull(args) || ...))
      return {};
    mlir::OperationState state(loc, OpTy::getOperationName());
    OpTy::build(b, state, type, std::forward<Args>(args)...);
    return finish(state);
  }
  mlir::Value reshape(mlir::Value value, llvm::ArrayRef<int64_t> shape);
  mlir::Value transpose(mlir::Value value, llvm::ArrayRef<int64_t> permutation);
  /// Creates a rank-0 constant of `element`.
  mlir::Value scalar(mlir::Type element, double value);
  mlir::Value constant(const FileTensor &tensor);

private:
  static bool isNull(mlir::Value value) { return !value; }
  static bool isNull(const Optional &) { return false; }
  static bool isNull(const llvm::SmallVector<mlir::Value> &values) {
    return llvm::is_contained(values, mlir::Value());
  }
  template <typename T>
  static std::enable_if_t<!std::is_convertible_v<T, mlir::Value>, bool>
  isNull(const T &) {
    return false;
  }
  /// Creates the op, and infers its types if the state has none. Reports an op
  /// that would be invalid as an error of the node.
  mlir::Value finish(mlir::OperationState &state);
  mlir::Operation *createValid(mlir::OperationState &state);
  /// The names and types of the node's inputs, for messages.
  std::string describeInputs();
  /// Returns the binding of input `i`; null if it is absent.
  Binding *getBinding(int i);
  /// Returns the element type of input `i` in the file.
  mlir::Type getCodeType(int i);
  const ::onnx::AttributeProto *find(llvm::StringRef name) const;
  const ::onnx::AttributeProto *find(llvm::StringRef name, int type,
                                     llvm::StringRef typeName);

  const Codes codes;
  /// The inputs, by index, and the result of a node that is imported as another
  /// operator.
  llvm::MutableArrayRef<std::optional<Binding>> givenInputs;
  mlir::Value *givenResult = nullptr;
  bool failed = false;
  /// Attributes that the import has read.
  mutable llvm::StringSet<> asked;
};

/// Formats a tensor type as ONNX does: `float[1,3]`.
std::string describeType(mlir::Type type);

inline llvm::ArrayRef<int64_t> shapeOf(mlir::Value value) {
  return llvm::cast<mlir::RankedTensorType>(value.getType()).getShape();
}
inline int64_t rankOf(mlir::Value value) {
  return llvm::cast<mlir::RankedTensorType>(value.getType()).getRank();
}
inline mlir::Type elementOf(mlir::Value value) {
  return llvm::cast<mlir::RankedTensorType>(value.getType()).getElementType();
}

/// Returns the type of the result of `asIntegers`.
mlir::RankedTensorType getIntegerType(mlir::Type type);

/// Returns a quantized tensor as the file's integers; any other value
/// unchanged.
mlir::Value asIntegers(mlir::OpBuilder &builder, mlir::Value value);

/// Casts a value to another element type, if it has a different one.
mlir::Value castTo(NodeImporter &node, mlir::Value value, mlir::Type element);

/// Rounds floats to the nearest integer, half to even; the gradient is 0.
mlir::Value roundHalfEven(NodeImporter &node, mlir::Value value);

/// Converts `N×C×H×W` (or `N×C×L`) to NHWC, and back to `rank` axes. At other
/// ranks, reports the node as unsupported and returns null.
mlir::Value toNHWC(NodeImporter &node, mlir::Value value);
mlir::Value fromNHWC(NodeImporter &node, mlir::Value value, int64_t rank);

} // namespace coppice::onnx_frontend

#endif // COPPICE_FRONTENDS_ONNX_IMPORTER_H

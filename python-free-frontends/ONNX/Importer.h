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

/// Whether an op sees codes as quantized tensors, or as the file's integers.
enum class Codes { asIntegers, asQuantized };

/// What an operand is to the layer that reads it. A float tensor of the file is
/// a parameter where a node gives it one of these roles; docs/Parameters.md has
/// the rule.
enum class OperandRole {
  none,
  weight,
  bias,
  scale,
  shift,
  slope,
  mean,
  variance,
  /// A vector added to, or multiplied with, what a layer or a normalization
  /// gives: its bias, shift or scale where the file says so in two nodes.
  term,
  factor,
};

/// What post-training quantization makes of an op's results.
enum class ResultCodes {
  /// They stay floats.
  none,
  /// Codes of their own.
  own,
  /// The same, of an elementwise op whose constant operands get codes, too.
  elementwise,
  /// The same, of a sum of products with weights.
  layer,
  /// The same, of an op that clips: where it alone reads another op that
  /// computes, that one clips its codes.
  clip,
  /// The codes of input 0, whose elements are moved or selected.
  input,
};

/// What an error of an op's only input that varies is in its results.
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

/// How an op is imported, and how many inputs and outputs it may have. The
/// first `minInputs` inputs must be present.
struct OpInfo {
  ImportFn import;
  int minInputs;
  int maxInputs;
  int maxOutputs = 1;
  /// Ops that move elements keep what the codes mean; what computes gets
  /// integers, for ONNX defines it on those.
  Codes codes = Codes::asIntegers;
  /// By input; `none` for those behind the last.
  llvm::SmallVector<OperandRole, 5> roles = {};
  /// Whether the results hold the elements of input 0 and nothing else, at most
  /// moved or converted: a parameter behind such nodes is still one.
  bool forwards = false;
  ResultCodes results = ResultCodes::none;
  /// The input that is the weight of a convolution, if there is one: it is
  /// stored in the order in which convolutions read it.
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
/// By type; ops of another domain than ONNX's by `domain.type`.
using OpTable = llvm::StringMap<OpInfo>;

// One function per topic.
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
/// All of them.
OpTable makeOpTable();
/// The op of `type` of a domain; null where it cannot be imported.
const OpInfo *findOp(const OpTable &table, llvm::StringRef domain,
                     llvm::StringRef type);

/// By initializer, the names of the nodes that read it as one weight.
using TiedNodes = llvm::StringMap<llvm::SmallVector<std::string>>;

/// Rewrites the graph so that each parameter is an initializer of its own
/// (docs/Parameters.md): Constant nodes that hold parameters become
/// initializers, and an initializer that several nodes read without being a
/// tied weight is copied for each, under a name that is new. Gives the ties
/// that are left. A graph that was rewritten once stays as it is. `folder` is
/// where files of external data may lie.
TiedNodes separateParameters(::onnx::ModelProto &model, llvm::StringRef folder,
                             const OpTable &table, mlir::MLIRContext *context);

/// What a name of the graph stands for.
struct Binding {
  /// Null until somebody asks for a known tensor as a value.
  mlir::Value value;
  std::optional<FileTensor> constant;
  /// Of an initializer of codes: the parameter that holds them, once a node has
  /// said what they mean.
  mlir::Value codes;
  /// An initializer that becomes a `train.parameter`; its values must not be
  /// folded into others.
  bool isWeight = false;
  /// Where the parameter is stored permuted: its layout.
  llvm::SmallVector<int64_t> layout;
  /// The tensor's type in the file, where `value` is stored permuted.
  mlir::RankedTensorType fileType;
  /// A tensor that stands in the file, as an initializer or a Constant node.
  bool isFromFile = false;
  /// The result of a node that could not be imported.
  bool isPoisoned = false;
};

/// What cannot be imported, and where it stands in the graph.
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

  /// The value of a binding; creates the constant or the parameter.
  mlir::Value materialize(llvm::StringRef name, Binding &binding);
  /// Adds a parameter of role `weight`. `quantized` is the element type of its
  /// values, null where they are stored as they are.
  train::ParameterOp createParameter(llvm::StringRef name,
                                     const FileTensor &tensor,
                                     llvm::ArrayRef<int64_t> layout,
                                     mlir::Type quantized = {});
  mlir::Value readParameter(train::ParameterOp parameter);
  /// Makes the parameters that `value` is computed from running statistics, of
  /// which a training step keeps `momentum`. What is computed from an input is
  /// no statistic, nor are the weights that it is computed with.
  void markStatistics(mlir::Value value, double momentum);
  /// What the tensors of the file make of `value`; null where it depends on an
  /// input, or is large.
  mlir::DenseElementsAttr evaluate(mlir::Value value) const;
  /// How a weight of name `name` is stored: in the layout of convolutions if
  /// nothing else reads it; empty for the file's own.
  llvm::SmallVector<int64_t> getStoredLayout(llvm::StringRef name,
                                             int64_t rank) const;
  Binding *lookup(llvm::StringRef name);
  mlir::LogicalResult bind(llvm::StringRef name, Binding binding,
                           mlir::Location loc);
  /// Adds to the report of what is not supported.
  void addUnsupported(const ::onnx::NodeProto &node, const llvm::Twine &why);
  int64_t getOpset(llvm::StringRef domain) const;
  /// Whether a node that is imported, the model or the caller reads `name`.
  bool isRead(llvm::StringRef name) const { return readNames.contains(name); }

  mlir::OpBuilder builder;
  const ONNXImportOptions &options;
  /// The batch, where the options decide it.
  std::optional<int64_t> batch;
  /// Whether the file leaves it open.
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
  /// Compares what the file says of a value with what is computed.
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
  /// Parameters by symbol; null for symbols that are taken otherwise.
  llvm::StringMap<train::ParameterOp> symbols;
  /// By initializer: the nodes that train one weight together.
  TiedNodes ties;
  llvm::StringSet<> readNames;
  /// Names that convolutions alone read, as weights.
  llvm::StringSet<> convolutionWeights;
  /// Domain, op type and reason, with the nodes concerned.
  std::vector<Unsupported> unsupported;
  /// What the file says of the values that nodes compute, and whether they are
  /// results of the model.
  llvm::StringMap<std::pair<const ::onnx::ValueInfoProto *, bool>> declared;
  /// Whether options give an input another shape than the file does.
  bool hasOtherShapes = false;
};

/// An optional operand of `create`.
struct Optional {
  mlir::Value value;
  operator mlir::Value() const { return value; }
};

/// One node, as the import functions see it. Errors are sticky: after one,
/// queries give defaults and `create` gives null, so that an import function
/// is written straight down and only checks before it looks at a type.
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

  /// Whether the attributes and the inputs' types are the operator's.
  mlir::LogicalResult checkOperator();
  /// Of an operator without a schema: whether each attribute was read.
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
  /// An axis in [0, rank) from an attribute that may count from the end.
  int64_t getAxis(llvm::StringRef name, int64_t byDefault, int64_t rank);
  /// Normalises axes; an error where one is outside the rank or twice there.
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
  /// The same, also for an argument without elements, and for what nodes
  /// compute of tensors of the file. A step may change such a tensor: this is
  /// for what has to be known at import.
  std::optional<FileTensor> getKnown(int i);
  /// The integers of an input that must be known at import.
  llvm::SmallVector<int64_t> getConstantInts(int i, llvm::StringRef what);
  llvm::SmallVector<double> getConstantFloats(int i, llvm::StringRef what);
  /// Integers that newer operator sets take from input `i`, older ones from
  /// the attribute `name`; nullopt where neither is there.
  std::optional<llvm::SmallVector<int64_t>> getIntsOf(int i,
                                                      llvm::StringRef name);
  /// The layout of the parameter that input `i` is, where it is permuted.
  llvm::ArrayRef<int64_t> getInputLayout(int i);

  // Outputs.
  /// Whether somebody reads output `i`: what nobody reads is not computed.
  bool hasOutput(int i) const {
    return i < proto.output_size() && !proto.output(i).empty() &&
           graph.isRead(proto.output(i));
  }
  mlir::LogicalResult setOutput(int i, mlir::Value value);
  mlir::LogicalResult setOutput(int i, FileTensor constant,
                                bool isFromFile = false);

  mlir::LogicalResult setOutput(int i, Binding binding);

  /// Imports the node as ONNX's operator `op` with the node's attributes on
  /// other inputs, and gives its result. Messages speak of the node.
  mlir::Value importAs(llvm::StringRef op,
                       llvm::MutableArrayRef<std::optional<Binding>> inputs);

  // Ops. Null where an operand is null or the op would be invalid.
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
  /// A rank-0 constant of `element`.
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
  /// Creates the op, with the types that it infers where the state has none. An
  /// op that would be invalid is an error of the node.
  mlir::Value finish(mlir::OperationState &state);
  mlir::Operation *createValid(mlir::OperationState &state);
  /// The names and types of the node's inputs, for messages.
  std::string describeInputs();
  /// What input `i` stands for; null where it is absent.
  Binding *getBinding(int i);
  /// The element type of input `i` in the file.
  mlir::Type getCodeType(int i);
  const ::onnx::AttributeProto *find(llvm::StringRef name) const;
  const ::onnx::AttributeProto *find(llvm::StringRef name, int type,
                                     llvm::StringRef typeName);

  const Codes codes;
  /// Of a node that is imported as another operator: its inputs, by index, and
  /// where its result goes.
  llvm::MutableArrayRef<std::optional<Binding>> givenInputs;
  mlir::Value *givenResult = nullptr;
  bool failed = false;
  /// Attributes that the import asked for.
  mutable llvm::StringSet<> asked;
};

/// A tensor type as ONNX writes it: `float[1,3]`.
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

/// The type of `asIntegers`' result.
mlir::RankedTensorType getIntegerType(mlir::Type type);

/// A quantized tensor as the file's integers; any other value as it is.
mlir::Value asIntegers(mlir::OpBuilder &builder, mlir::Value value);

/// The value with elements of another type; itself where it has them.
mlir::Value castTo(NodeImporter &node, mlir::Value value, mlir::Type element);

/// Floats to the nearest integer, half to even; the gradient is 0.
mlir::Value roundHalfEven(NodeImporter &node, mlir::Value value);

/// `N×C×H×W` (or `N×C×L`) as NHWC, and back to `rank` axes. Null, with the
/// node reported as unsupported, at other ranks.
mlir::Value toNHWC(NodeImporter &node, mlir::Value value);
mlir::Value fromNHWC(NodeImporter &node, mlir::Value value, int64_t rank);

} // namespace coppice::onnx_frontend

#endif // COPPICE_FRONTENDS_ONNX_IMPORTER_H

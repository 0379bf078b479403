//===- NNBase.td - Classes that nn ops derive from ---------*- tablegen -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_NN_IR_NNBASE_TD
#define COPPICE_DIALECTS_NN_IR_NNBASE_TD

include "mlir/IR/EnumAttr.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "dialects/NN/IR/NNDialect.td"
include "dialects/NN/IR/NNInterfaces.td"
include "dialects/LowP/Interfaces/CodesInterface.td"
include "dialects/Plan/Interfaces/PlanningInterface.td"
include "dialects/Train/Interfaces/GradientInterface.td"

//===----------------------------------------------------------------------===//
// Expressions: scalar functions and elementwise gradients as data
//===----------------------------------------------------------------------===//

/// A dag operator. `(Mul $a, $b)` becomes a call of `mul` on a
/// `ScalarExpr` (arith and math ops) in a scalar function and on a
/// `TensorExpr` (nn ops) in a gradient; both classes live in Expr.h and have
/// the same vocabulary. The generator refuses another number of arguments.
class Expr<string method, int count = 1> {
  string cppMethod = method;
  int numArguments = count;
}
/// `(Same $dy)`: a leaf where TableGen wants a dag.
def Same : Expr<"same">;
def Add : Expr<"add", 2>;
def Sub : Expr<"sub", 2>;
def Mul : Expr<"mul", 2>;
def Div : Expr<"div", 2>;
def Pow : Expr<"pow", 2>;
def Min : Expr<"min", 2>;
def Max : Expr<"max", 2>;
def Neg : Expr<"neg">;
def Abs : Expr<"abs">;
def Exp : Expr<"exp">;
def Log : Expr<"log">;
def Log1p : Expr<"log1p">;
def Sqrt : Expr<"sqrt">;
def Rsqrt : Expr<"rsqrt">;
def Reciprocal : Expr<"reciprocal">;
def Erf : Expr<"erf">;
def Tanh : Expr<"tanh">;
def Sigmoid : Expr<"sigmoid">;
/// Comparisons give i1; ordered, so false on NaN.
def Lt : Expr<"lt", 2>;
def Le : Expr<"le", 2>;
def Gt : Expr<"gt", 2>;
def Ge : Expr<"ge", 2>;
def Eq : Expr<"eq", 2>;
def And : Expr<"logicalAnd", 2>;
def Or : Expr<"logicalOr", 2>;
def Not : Expr<"logicalNot">;
def Floor : Expr<"floor">;
def Ceil : Expr<"ceil">;
/// `(Select cond, a, b)`.
def Select : Expr<"select", 3>;
/// `(Const<"0.5">)`: a constant of the operands' element type.
class Const<string literal> : Expr<"constant", 0> {
  string value = literal;
}

/// A function that `coppice-tblgen -gen-gradcheck` writes for an op: `inputs`
/// are the arguments, `body` the op on them, `output` its result type. The
/// tool compares the built gradient with finite differences in f64, drawing
/// inputs from [`low`, `high`].
class GradCase<string inputs_, string body_, string output_,
               string low_ = "-2.0", string high_ = "2.0"> {
  string inputs = inputs_;
  string body = body_;
  string output = output_;
  string low = low_;
  string high = high_;
}

//===----------------------------------------------------------------------===//
// Types: shapes are static, and code is generated for some elements only. A
// quantized element stands for the number that its code means.
//===----------------------------------------------------------------------===//

def NN_Quantized : Type<
    CPred<"::llvm::isa<::mlir::quant::QuantizedType>($_self)">, "quantized">;

def NN_Tensor : StaticShapeTensorOf<[AnyType]>;
def NN_NumberTensor : StaticShapeTensorOf<[AnyFloat, AnyInteger, NN_Quantized]>;
def NN_RealTensor : StaticShapeTensorOf<[AnyFloat, NN_Quantized]>;
def NN_IntegerTensor : StaticShapeTensorOf<[AnyInteger]>;
def NN_MaskTensor : StaticShapeTensorOf<[I1]>;

//===----------------------------------------------------------------------===//
// Op classes
//===----------------------------------------------------------------------===//

/// The description of an op that its summary explains: an example alone.
class NN_Example<string op> {
  string text = "```mlir\n%y = " # op # "\n```\n";
}

class NN_Op<string mnemonic, list<Trait> traits = []>
    : Op<NN_Dialect, mnemonic, !listconcat([Pure], traits)> {
  /// What the generated gradient check runs. An op that implements
  /// GradientOpInterface and has no case is an error of `coppice-tblgen`.
  list<GradCase> gradCases = [];
  /// MLIR text that a generated check puts before the op: labels, indices,
  /// masks, which no float argument can be.
  code gradPrologue = "";
}

defvar NN_InferredDeclaration = [{
  static bool isCompatibleReturnTypes(::mlir::TypeRange inferred,
                                      ::mlir::TypeRange actual) {
    return ::coppice::lowp::areCompatible(inferred, actual);
  }
}];

/// The result type follows from operands and attributes (shape inference).
class NN_InferredOp<string mnemonic, list<Trait> traits = []>
    : NN_Op<mnemonic, !listconcat([InferTypeOpAdaptor], traits)> {
  // A quantized layer's output scale is its own: inference gives the shape.
  let extraClassDeclaration = NN_InferredDeclaration;
}

def NN_Gradient : DeclareOpInterfaceMethods<GradientOpInterface>;

/// What the op's kernel needs in memory, where it is more than its results; the
/// methods are in dialects/NN/Planning.
class NN_Planning<list<string> methods>
    : DeclareOpInterfaceMethods<PlanningOpInterface, methods>;

/// What PlanningOpInterface says of elementwise ops.
defvar NN_ElementwisePlanning = [{
  bool joinsProducer() { return true; }
  void getOverwritableOperands(unsigned,
                 ::llvm::SmallVectorImpl<unsigned> &operands) {
    ::coppice::nn::detail::getAlikeOperands(getOperation(), operands);
  }
}];

/// An elementwise op, wholly described by data.
class NN_ElementwiseOp<string mnemonic, list<Trait> traits,
                       OnCodes codes = OnCodes<"elementwise">>
    : NN_InferredOp<mnemonic, !listconcat(traits, [
        DeclareOpInterfaceMethods<ElementwiseOpInterface>,
        PlanningOpInterface, codes])> {
  let extraClassDeclaration =
      !strconcat(NN_InferredDeclaration, NN_ElementwisePlanning);
  /// The scalar function. Operands and attributes are named as in `arguments`.
  dag scalar = ?;
  /// One expression per operand: its gradient, where `$dy` is the gradient of
  /// the result and `$result` the result. Broadcast operands are summed by the
  /// generator. Empty: the op has no gradient.
  list<dag> gradient = [];
}

#endif // COPPICE_DIALECTS_NN_IR_NNBASE_TD

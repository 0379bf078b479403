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
include "dialects/LowP/Interfaces/RandomInterface.td"
include "dialects/Plan/Interfaces/PlanningInterface.td"
include "dialects/Train/Interfaces/GradientInterface.td"

//===----------------------------------------------------------------------===//
// Expressions: scalar functions and elementwise gradients as data
//===----------------------------------------------------------------------===//

/// A dag operator. `(Mul $a, $b)` becomes a call of `mul` on a `ScalarExpr`
/// (arith and math ops) in a scalar function and on a `TensorExpr` (nn ops) in
/// a gradient. Both classes are in Expr.h and have the same methods. The
/// generator refuses a wrong number of arguments.
class Expr<string method, int count = 1> {
  string cppMethod = method;
  int numArguments = count;
}
/// `(Same $dy)`: a single value, where TableGen requires a dag.
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
/// Comparisons give i1. They are ordered, so false if an operand is NaN.
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
/// are the arguments, `body` the op on them, `output` its result type. The tool
/// draws inputs from [`low`, `high`] and compares the gradient with finite
/// differences in f64.
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

/// A description with an example alone, for an op that its summary explains.
class NN_Example<string op> {
  string text = "```mlir\n%y = " # op # "\n```\n";
}

class NN_Op<string mnemonic, list<Trait> traits = []>
    : Op<NN_Dialect, mnemonic, !listconcat([Pure], traits)> {
  /// The gradient checks that are generated. `coppice-tblgen` reports an op
  /// that implements GradientOpInterface and has no case.
  list<GradCase> gradCases = [];
  /// MLIR text that a generated check puts before the op, for operands that a
  /// float argument cannot provide: labels, indices, masks.
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
  // Inference gives the shape alone for a quantized layer: its output scale
  // cannot be inferred.
  let extraClassDeclaration = NN_InferredDeclaration;
}

def NN_Gradient : DeclareOpInterfaceMethods<GradientOpInterface>;

/// The memory that the op's kernel needs besides its results. The methods are
/// in dialects/NN/Planning.
class NN_Planning<list<string> methods>
    : DeclareOpInterfaceMethods<PlanningOpInterface, methods>;

/// The methods of PlanningOpInterface for elementwise ops.
defvar NN_ElementwisePlanning = [{
  bool joinsProducer() { return true; }
  void getOverwritableOperands(unsigned,
                 ::llvm::SmallVectorImpl<unsigned> &operands) {
    ::coppice::nn::detail::getAlikeOperands(getOperation(), operands);
  }
}];

/// An elementwise op. The fields below describe it completely.
class NN_ElementwiseOp<string mnemonic, list<Trait> traits,
                       OnCodes codes = OnCodes<"elementwise">>
    : NN_InferredOp<mnemonic, !listconcat(traits, [
        DeclareOpInterfaceMethods<ElementwiseOpInterface>,
        PlanningOpInterface, codes])> {
  let extraClassDeclaration =
      !strconcat(NN_InferredDeclaration, NN_ElementwisePlanning);
  /// The scalar function. Operands and attributes are named as in `arguments`.
  dag scalar = ?;
  /// The gradient of each operand, one expression per operand: `$dy` is the
  /// gradient of the result, `$result` the result. The generator sums over
  /// broadcast axes. An empty list means that the op has no gradient.
  list<dag> gradient = [];
}

#endif // COPPICE_DIALECTS_NN_IR_NNBASE_TD

//===- NNElementwise.td - Elementwise ops ------------------*- tablegen -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
// Each op is described here completely: coppice-tblgen derives its lowering,
// its gradient and its finite-difference check from `scalar`, `gradient` and
// `gradCases`.
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_NN_IR_NNELEMENTWISE_TD
#define COPPICE_DIALECTS_NN_IR_NNELEMENTWISE_TD

include "dialects/NN/IR/NNBase.td"

//===----------------------------------------------------------------------===//
// Unary
//===----------------------------------------------------------------------===//

class NN_UnaryOp<string mnemonic, string what,
                 OnCodes codes = OnCodes<"elementwise">>
    : NN_ElementwiseOp<mnemonic, [NN_Gradient], codes> {
  let summary = what;
  let description = NN_Example<"nn." # mnemonic # " %x : tensor<4xf32>">.text;
  let arguments = (ins NN_RealTensor:$input);
  let results = (outs NN_Tensor:$result);
  let assemblyFormat = [{
    $input attr-dict `:` type($input)
    `` custom<QuantizedResult>(type($result), ref(type($input)))
  }];
  let gradCases = [GradCase<
      "%x: tensor<3x5xf64>", "nn." # mnemonic # " %x : tensor<3x5xf64>",
      "tensor<3x5xf64>">];
}

/// A unary op on positive numbers.
class NN_PositiveUnaryOp<string mnemonic, string what>
    : NN_UnaryOp<mnemonic, what> {
  let gradCases = [GradCase<
      "%x: tensor<3x5xf64>", "nn." # mnemonic # " %x : tensor<3x5xf64>",
      "tensor<3x5xf64>", "0.3", "3.0">];
}

def NN_NegOp : NN_UnaryOp<"neg", "-x", OnCodes<"elementwise", "open", "neg">> {
  let arguments = (ins NN_NumberTensor:$input);
  let scalar = (Neg $input);
  let gradient = [(Neg $dy)];
}

def NN_AbsOp : NN_UnaryOp<"abs", "|x|; gradient 0 at 0",
                          OnCodes<"elementwise", "open", "abs">> {
  let arguments = (ins NN_NumberTensor:$input);
  let scalar = (Abs $input);
  let gradient = [(Select (Gt $input, (Const<"0">)), $dy,
                   (Select (Lt $input, (Const<"0">)), (Neg $dy), (Const<"0">)))];
}

def NN_ExpOp : NN_UnaryOp<"exp", "e^x"> {
  let scalar = (Exp $input);
  let gradient = [(Mul $dy, $result)];
}

def NN_LogOp : NN_PositiveUnaryOp<"log", "natural logarithm"> {
  let scalar = (Log $input);
  let gradient = [(Div $dy, $input)];
}

def NN_SqrtOp : NN_PositiveUnaryOp<"sqrt", "square root; gradient 0 at 0"> {
  let description = [{
    The slope is infinite at 0 and counts as 0 there. A norm of zeros, the root
    of a sum of squares, thus has gradient 0 and not NaN.

    ```mlir
    %y = nn.sqrt %x : tensor<4xf32>
    ```
  }];
  let scalar = (Sqrt $input);
  let gradient = [(Select (Eq $result, (Const<"0">)), (Const<"0">),
                   (Div (Mul $dy, (Const<"0.5">)), $result))];
}

def NN_RsqrtOp : NN_PositiveUnaryOp<"rsqrt", "1 / sqrt(x)"> {
  let scalar = (Rsqrt $input);
  let gradient = [(Mul (Mul $dy, (Const<"-0.5">)),
                       (Mul $result, (Mul $result, $result)))];
}

def NN_ReciprocalOp : NN_PositiveUnaryOp<"reciprocal", "1 / x"> {
  let scalar = (Reciprocal $input);
  let gradient = [(Neg (Mul $dy, (Mul $result, $result)))];
}

def NN_ErfOp : NN_UnaryOp<"erf", "Gauss error function"> {
  let scalar = (Erf $input);
  // 2 / sqrt(pi) exp(-x^2)
  let gradient = [(Mul $dy, (Mul (Const<"1.1283791670955126">),
                                 (Exp (Neg (Mul $input, $input)))))];
}

def NN_TanhOp : NN_UnaryOp<"tanh", "hyperbolic tangent"> {
  let scalar = (Tanh $input);
  let gradient = [(Mul $dy, (Sub (Const<"1">), (Mul $result, $result)))];
}

def NN_SigmoidOp : NN_UnaryOp<"sigmoid", "1 / (1 + e^-x)"> {
  let scalar = (Sigmoid $input);
  let gradient = [(Mul $dy, (Mul $result, (Sub (Const<"1">), $result)))];
}

def NN_FloorOp : NN_ElementwiseOp<"floor", [ZeroGradient]> {
  let summary = "largest integer not above x; gradient 0";
  let description = NN_Example<"nn.floor %x : tensor<4xf32>">.text;
  let arguments = (ins NN_NumberTensor:$input);
  let results = (outs NN_Tensor:$result);
  let assemblyFormat = "$input attr-dict `:` type($input)";
  let scalar = (Floor $input);
}

def NN_CeilOp : NN_ElementwiseOp<"ceil", [ZeroGradient]> {
  let summary = "smallest integer not below x; gradient 0";
  let description = NN_Example<"nn.ceil %x : tensor<4xf32>">.text;
  let arguments = (ins NN_NumberTensor:$input);
  let results = (outs NN_Tensor:$result);
  let assemblyFormat = "$input attr-dict `:` type($input)";
  let scalar = (Ceil $input);
}

//===----------------------------------------------------------------------===//
// Activations
//===----------------------------------------------------------------------===//

def NN_ReluOp : NN_UnaryOp<"relu", "max(x, 0); gradient 0 at 0",
    OnCodes<"elementwise", "operandsAndZero", "relu">> {
  let arguments = (ins NN_NumberTensor:$input);
  let extraClassDeclaration = !strconcat(NN_InferredDeclaration,
                                         NN_ElementwisePlanning, [{
    std::optional<std::pair<double, double>> getClipRange() {
      return std::pair(0.0, std::numeric_limits<double>::infinity());
    }
  }]);
  let scalar = (Max $input, (Const<"0">));
  // The gradient reads the result, so the input need not be saved.
  let gradient = [(Select (Gt $result, (Const<"0">)), $dy, (Const<"0">))];
}

def NN_LeakyReluOp : NN_UnaryOp<"leaky_relu", "x where x > 0, else alpha x",
    OnCodes<"elementwise", "open", "leakyRelu">> {
  let description = NN_Example<
      "nn.leaky_relu %x {alpha = 0.1} : tensor<4xf32>">.text;
  let arguments = (ins NN_RealTensor:$input,
                       DefaultValuedAttr<F64Attr, "0.01">:$alpha);
  let scalar = (Select (Gt $input, (Const<"0">)), $input, (Mul $alpha, $input));
  let gradient = [(Select (Gt $input, (Const<"0">)), $dy, (Mul $alpha, $dy))];
}

def NN_ClipOp : NN_UnaryOp<"clip",
    "min(max(x, low), high); the gradient passes where low <= x <= high",
    OnCodes<"elementwise", "open", "clip">> {
  let description = [{
    ReLU6 is a `clip` with `low = 0` and `high = 6`. The gradient passes at the
    ends too, so that a parameter that starts at the end of its range can leave
    it. The gradient depends on whether the input lies in the range; a training
    step saves one bit per element (`--train-pack-masks`).

    ```mlir
    %y = nn.clip %x {low = 0.0, high = 6.0} : tensor<4xf32>
    ```
  }];
  let arguments = (ins NN_NumberTensor:$input, F64Attr:$low, F64Attr:$high);
  let extraClassDeclaration = !strconcat(NN_InferredDeclaration,
                                         NN_ElementwisePlanning, [{
    std::optional<std::pair<double, double>> getClipRange() {
      return std::pair(getLow().convertToDouble(), getHigh().convertToDouble());
    }
  }]);
  let scalar = (Min (Max $input, $low), $high);
  let gradient = [(Select (And (Ge $input, $low), (Le $input, $high)), $dy,
                   (Const<"0">))];
  let gradCases = [GradCase<"%x: tensor<3x5xf64>",
      "nn.clip %x {low = -1.0, high = 0.75} : tensor<3x5xf64>",
      "tensor<3x5xf64>">];
}

def NN_HardSigmoidOp : NN_UnaryOp<"hard_sigmoid",
    "min(max(alpha x + beta, 0), 1)"> {
  let description = NN_Example<
      "nn.hard_sigmoid %x {alpha = 0.2, beta = 0.5} : tensor<4xf32>">.text;
  let arguments = (ins NN_RealTensor:$input,
                       DefaultValuedAttr<F64Attr, "0.2">:$alpha,
                       DefaultValuedAttr<F64Attr, "0.5">:$beta);
  let scalar = (Min (Max (Add (Mul $alpha, $input), $beta), (Const<"0">)),
                    (Const<"1">));
  let gradient = [(Select (And (Gt $result, (Const<"0">)),
                               (Lt $result, (Const<"1">))),
                          (Mul $alpha, $dy), (Const<"0">))];
}

def NN_HardSwishOp : NN_UnaryOp<"hard_swish", "x min(max(x / 6 + 1/2, 0), 1)"> {
  let scalar = (Mul $input, (Min (Max (Add
      (Mul $input, (Const<"0.16666666666666666">)), (Const<"0.5">)),
      (Const<"0">)), (Const<"1">)));
  let gradient = [(Select (Le $input, (Const<"-3">)), (Const<"0">),
      (Select (Ge $input, (Const<"3">)), $dy,
       (Mul $dy, (Add (Mul $input, (Const<"0.3333333333333333">)),
                      (Const<"0.5">)))))];
  let gradCases = [GradCase<"%x: tensor<3x5xf64>",
      "nn.hard_swish %x : tensor<3x5xf64>", "tensor<3x5xf64>", "-5.0", "5.0">];
}

def NN_SiluOp : NN_UnaryOp<"silu", "x sigmoid(x), also called swish"> {
  let scalar = (Mul $input, (Sigmoid $input));
  let gradient = [(Mul $dy, (Mul (Sigmoid $input),
      (Add (Const<"1">), (Mul $input, (Sub (Const<"1">), (Sigmoid $input))))))];
}

def NN_GeluOp : NN_UnaryOp<"gelu", "x (1 + erf(x / sqrt 2)) / 2"> {
  let scalar = (Mul (Mul (Const<"0.5">), $input),
      (Add (Const<"1">), (Erf (Mul $input, (Const<"0.7071067811865476">)))));
  // Phi(x) + x phi(x)
  let gradient = [(Mul $dy, (Add
      (Mul (Const<"0.5">), (Add (Const<"1">),
           (Erf (Mul $input, (Const<"0.7071067811865476">))))),
      (Mul (Mul $input, (Const<"0.3989422804014327">)),
           (Exp (Mul (Const<"-0.5">), (Mul $input, $input))))))];
}

def NN_GeluTanhOp : NN_UnaryOp<"gelu_tanh",
    "x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))) / 2"> {
  let scalar = (Mul (Mul (Const<"0.5">), $input), (Add (Const<"1">),
      (Tanh (Mul (Const<"0.7978845608028654">), (Add $input,
        (Mul (Const<"0.044715">), (Mul $input, (Mul $input, $input))))))));
  let gradient = [(Mul $dy, (Add
      (Mul (Const<"0.5">), (Add (Const<"1">), (Tanh
        (Mul (Const<"0.7978845608028654">), (Add $input,
          (Mul (Const<"0.044715">), (Mul $input, (Mul $input, $input)))))))),
      (Mul (Mul (Const<"0.5">), $input), (Mul
        (Sub (Const<"1">), (Mul
          (Tanh (Mul (Const<"0.7978845608028654">), (Add $input,
            (Mul (Const<"0.044715">), (Mul $input, (Mul $input, $input)))))),
          (Tanh (Mul (Const<"0.7978845608028654">), (Add $input,
            (Mul (Const<"0.044715">), (Mul $input, (Mul $input, $input)))))))),
        (Mul (Const<"0.7978845608028654">), (Add (Const<"1">),
          (Mul (Const<"0.134145">), (Mul $input, $input))))))))];
}

def NN_SoftplusOp : NN_UnaryOp<"softplus", "log(1 + e^x), without overflow"> {
  let scalar = (Add (Max $input, (Const<"0">)),
                    (Log1p (Exp (Neg (Abs $input)))));
  let gradient = [(Mul $dy, (Sigmoid $input))];
}

def NN_EluOp : NN_UnaryOp<"elu", "x where x > 0, else alpha (e^x - 1)"> {
  let description = NN_Example<"nn.elu %x {alpha = 1.0} : tensor<4xf32>">.text;
  let arguments = (ins NN_RealTensor:$input,
                       DefaultValuedAttr<F64Attr, "1.0">:$alpha);
  let scalar = (Select (Gt $input, (Const<"0">)), $input,
      (Mul $alpha, (Sub (Exp (Min $input, (Const<"0">))), (Const<"1">))));
  let gradient = [(Select (Gt $input, (Const<"0">)), $dy,
      (Mul $dy, (Mul $alpha, (Exp (Min $input, (Const<"0">))))))];
}

//===----------------------------------------------------------------------===//
// Binary, with NumPy broadcasting
//===----------------------------------------------------------------------===//

/// The declarations of an op that scales or shifts operands where `condition`
/// on `operand` holds.
class NN_AffineDeclaration<string condition = "true"> {
  string text = !strconcat(NN_InferredDeclaration, NN_ElementwisePlanning,
      "bool isAffineIn([[maybe_unused]] unsigned operand) { return ",
      condition, "; }");
}

class NN_BinaryOp<string mnemonic, string what, list<Trait> traits = [],
                  string low = "-2.0",
                  OnCodes codes = OnCodes<"elementwise">>
    : NN_ElementwiseOp<mnemonic, !listconcat(traits, [NN_Gradient]), codes> {
  let summary = what;
  let description = NN_Example<
      "nn." # mnemonic # " %a, %b : tensor<4x1xf32>, tensor<3xf32>">.text;
  let arguments = (ins NN_NumberTensor:$lhs, NN_NumberTensor:$rhs);
  let results = (outs NN_Tensor:$result);
  let assemblyFormat = [{
    $lhs `,` $rhs attr-dict `:` type($lhs) `,` type($rhs)
    `` custom<QuantizedResult>(type($result), ref(type($lhs)), ref(type($rhs)))
  }];
  let gradCases = [
    GradCase<"%a: tensor<2x3x4xf64>, %b: tensor<2x3x4xf64>",
      "nn." # mnemonic # " %a, %b : tensor<2x3x4xf64>, tensor<2x3x4xf64>",
      "tensor<2x3x4xf64>", low>,
    GradCase<"%a: tensor<2x1x4xf64>, %b: tensor<3x1xf64>",
      "nn." # mnemonic # " %a, %b : tensor<2x1x4xf64>, tensor<3x1xf64>",
      "tensor<2x3x4xf64>", low>
  ];
}

def NN_AddOp : NN_BinaryOp<"add", "a + b", [Commutative], "-2.0",
                           OnCodes<"elementwise", "open", "add">> {
  let extraClassDeclaration = NN_AffineDeclaration<>.text;
  let scalar = (Add $lhs, $rhs);
  let gradient = [(Same $dy), (Same $dy)];
  let hasFolder = 1;
}

def NN_SubOp : NN_BinaryOp<"sub", "a - b", [], "-2.0",
                           OnCodes<"elementwise", "open", "sub">> {
  let extraClassDeclaration = NN_AffineDeclaration<>.text;
  let scalar = (Sub $lhs, $rhs);
  let gradient = [(Same $dy), (Neg $dy)];
  let hasFolder = 1;
}

def NN_MulOp : NN_BinaryOp<"mul", "a b", [Commutative], "-2.0",
                           OnCodes<"elementwise", "open", "mul">> {
  let extraClassDeclaration = !strconcat(NN_AffineDeclaration<>.text, [{
    /// A consumer that converts a value to a wider format as it loads also
    /// multiplies it by constants, one for each channel.
    bool isComputedByReaders();
  }]);
  let scalar = (Mul $lhs, $rhs);
  let gradient = [(Mul $dy, $rhs), (Mul $dy, $lhs)];
  let hasFolder = 1;
}

def NN_DivOp : NN_BinaryOp<"div", "a / b; truncates on integers", [], "0.3"> {
  let description = [{
    A division of integers never traps: x / 0 is 0, and the least value divided
    by -1 wraps to itself.

    ```mlir
    %q = nn.div %a, %b : tensor<4x1xi32>, tensor<3xi32>
    ```
  }];
  let extraClassDeclaration = NN_AffineDeclaration<"operand == 0">.text;
  let scalar = (Div $lhs, $rhs);
  let gradient = [(Div $dy, $rhs), (Neg (Div (Mul $dy, $result), $rhs))];
  let hasFolder = 1;
}

def NN_PowOp : NN_BinaryOp<"pow", "a^b", [], "0.3"> {
  let scalar = (Pow $lhs, $rhs);
  // d/da = b a^(b-1), written without a division by a. It is 0 where b = 0,
  // also at a = 0, and at a = 0 of a root (0 < b < 1), like sqrt's. d/db =
  // log(a) a^b, and 0 where a <= 0.
  let gradient = [
    (Select (Or (Eq $rhs, (Const<"0">)),
                (And (Eq $lhs, (Const<"0">)),
                     (And (Gt $rhs, (Const<"0">)), (Lt $rhs, (Const<"1">))))),
       (Const<"0">),
       (Mul $dy, (Mul $rhs, (Pow $lhs, (Sub $rhs, (Const<"1">)))))),
    (Mul $dy, (Select (Gt $lhs, (Const<"0">)),
       (Mul $result, (Log (Select (Gt $lhs, (Const<"0">)), $lhs,
                                  (Const<"1">)))), (Const<"0">)))];
  let gradCases = [
    GradCase<"%a: tensor<2x3x4xf64>, %b: tensor<2x3x4xf64>",
      "nn.pow %a, %b : tensor<2x3x4xf64>, tensor<2x3x4xf64>",
      "tensor<2x3x4xf64>", "0.3">,
    GradCase<"%a: tensor<2x1x4xf64>, %b: tensor<3x1xf64>",
      "nn.pow %a, %b : tensor<2x1x4xf64>, tensor<3x1xf64>",
      "tensor<2x3x4xf64>", "0.3">,
    // A case with negative bases.
    GradCase<"%a: tensor<3x4xf64>",
      "nn.pow %a, %e : tensor<3x4xf64>, tensor<4xf64>", "tensor<3x4xf64>">];
  let gradPrologue = "%e = arith.constant dense<[0.0, 1.0, 2.0, 3.0]> : tensor<4xf64>";
}

def NN_MinOp : NN_BinaryOp<"min", "min(a, b); equal operands share the gradient",
    [Commutative], "-2.0", OnCodes<"elementwise", "operands", "min">> {
  let scalar = (Min $lhs, $rhs);
  let gradient = [
    (Select (Lt $lhs, $rhs), $dy, (Select (Eq $lhs, $rhs),
       (Mul $dy, (Const<"0.5">)), (Const<"0">))),
    (Select (Lt $rhs, $lhs), $dy, (Select (Eq $lhs, $rhs),
       (Mul $dy, (Const<"0.5">)), (Const<"0">)))];
}

def NN_MaxOp : NN_BinaryOp<"max", "max(a, b); equal operands share the gradient",
    [Commutative], "-2.0", OnCodes<"elementwise", "operands", "max">> {
  let scalar = (Max $lhs, $rhs);
  let gradient = [
    (Select (Gt $lhs, $rhs), $dy, (Select (Eq $lhs, $rhs),
       (Mul $dy, (Const<"0.5">)), (Const<"0">))),
    (Select (Gt $rhs, $lhs), $dy, (Select (Eq $lhs, $rhs),
       (Mul $dy, (Const<"0.5">)), (Const<"0">)))];
}

//===----------------------------------------------------------------------===//
// Comparison, selection, conversion
//===----------------------------------------------------------------------===//

def NN_Comparison : I32EnumAttr<"Comparison", "an ordered comparison", [
    I32EnumAttrCase<"lt", 0>, I32EnumAttrCase<"le", 1>,
    I32EnumAttrCase<"gt", 2>, I32EnumAttrCase<"ge", 3>,
    I32EnumAttrCase<"eq", 4>, I32EnumAttrCase<"ne", 5>]> {
  let cppNamespace = "::coppice::nn";
}

def NN_CompareOp : NN_InferredOp<"compare",
    [OnCodes<"elementwise">, DeclareOpInterfaceMethods<ElementwiseOpInterface>,
     PlanningOpInterface]> {
  let extraClassDeclaration =
      !strconcat(NN_InferredDeclaration, NN_ElementwisePlanning);
  let summary = "a `predicate` b, as i1";
  let description = [{
    Comparisons are ordered: all but `ne` are false where an operand is NaN.

    ```mlir
    %mask = nn.compare gt %x, %zero : tensor<4xf32>, tensor<f32>
    ```
  }];
  let arguments = (ins NN_Comparison:$predicate, NN_NumberTensor:$lhs,
                       NN_NumberTensor:$rhs);
  let results = (outs NN_Tensor:$result);
  let assemblyFormat =
      "$predicate $lhs `,` $rhs attr-dict `:` type($lhs) `,` type($rhs)";
}

/// The ops and, or, xor and not on i1.
class NN_LogicalOp<string mnemonic, string what, dag body>
    : NN_ElementwiseOp<mnemonic, [Commutative]> {
  let summary = what;
  let description = NN_Example<
      "nn." # mnemonic # " %a, %b : tensor<4xi1>, tensor<4xi1>">.text;
  let arguments = (ins NN_MaskTensor:$lhs, NN_MaskTensor:$rhs);
  let results = (outs NN_Tensor:$result);
  let assemblyFormat = "$lhs `,` $rhs attr-dict `:` type($lhs) `,` type($rhs)";
  let scalar = body;
}
def NN_AndOp : NN_LogicalOp<"and", "a and b, on i1", (And $lhs, $rhs)>;
def NN_OrOp : NN_LogicalOp<"or", "a or b, on i1", (Or $lhs, $rhs)>;

def NN_NotOp : NN_ElementwiseOp<"not", []> {
  let summary = "not a, on i1";
  let description = NN_Example<"nn.not %a : tensor<4xi1>">.text;
  let arguments = (ins NN_MaskTensor:$input);
  let results = (outs NN_Tensor:$result);
  let assemblyFormat = "$input attr-dict `:` type($input)";
  let scalar = (Not $input);
}

def NN_WhereOp : NN_InferredOp<"where", [NN_Gradient,
    OnCodes<"elementwise", "operands", "where">,
    DeclareOpInterfaceMethods<ElementwiseOpInterface>, PlanningOpInterface]> {
  let extraClassDeclaration =
      !strconcat(NN_InferredDeclaration, NN_ElementwisePlanning);
  let summary = "a where the condition holds, else b; all three broadcast";
  let description = NN_Example<
      "nn.where %c, %a, %b : tensor<4x1xi1>, tensor<4x3xf32>, tensor<f32>">.text;
  let arguments = (ins NN_MaskTensor:$condition, NN_Tensor:$lhs,
                       NN_Tensor:$rhs);
  let results = (outs NN_Tensor:$result);
  let assemblyFormat = [{
    $condition `,` $lhs `,` $rhs attr-dict `:`
    type($condition) `,` type($lhs) `,` type($rhs)
  }];
  let gradCases = [GradCase<
    "%a: tensor<2x3xf64>, %b: tensor<3xf64>",
    "nn.where %c, %a, %b : tensor<2x1xi1>, tensor<2x3xf64>, tensor<3xf64>"
    , "tensor<2x3xf64>"> ];
  let gradPrologue = "%c = arith.constant dense<[[true], [false]]> : tensor<2x1xi1>";
}

def NN_CastOp : NN_Op<"cast", [NN_Gradient, OnCodes<"elementwise">,
    DeclareOpInterfaceMethods<ElementwiseOpInterface>, PlanningOpInterface]> {
  let extraClassDeclaration = !strconcat(NN_ElementwisePlanning, [{
    /// Whether the op casts between floats, to more or to fewer bits.
    bool widensFloats();
    bool narrowsFloats();
    /// A consumer of the wider value converts it as it loads.
    bool isComputedByReaders() { return widensFloats(); }
    /// A consumer stores the narrowed value, so the producer must narrow it.
    bool joinsConsumer() { return !narrowsFloats(); }
  }]);
  let summary = "conversion between element types";
  let description = [{
    A float becomes an integer by truncation toward zero and saturation, and NaN
    becomes 0. A number becomes an i1 as `x != 0`. The gradient of a cast between
    floats is the cast back.

    ```mlir
    %y = nn.cast %x : tensor<4xf32> to tensor<4xi8>
    ```
  }];
  let arguments = (ins NN_NumberTensor:$input);
  let results = (outs NN_NumberTensor:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `to` type($result)";
  let hasVerifier = 1;
  let hasFolder = 1;
  let gradCases = [GradCase<"%x: tensor<3x5xf64>",
    "nn.cast %x : tensor<3x5xf64> to tensor<3x5xf64>", "tensor<3x5xf64>">];
}

#endif // COPPICE_DIALECTS_NN_IR_NNELEMENTWISE_TD

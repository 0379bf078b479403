//===- LowPOps.td - Conversions between number formats -----*- tablegen -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_LOWP_IR_LOWPOPS_TD
#define COPPICE_DIALECTS_LOWP_IR_LOWPOPS_TD

include "mlir/IR/EnumAttr.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "dialects/LowP/IR/LowPDialect.td"
include "dialects/LowP/Interfaces/CodesInterface.td"
include "dialects/LowP/Interfaces/RandomInterface.td"
include "dialects/Plan/Interfaces/PlanningInterface.td"
include "dialects/Train/Interfaces/GradientInterface.td"

class LowP_Op<string mnemonic, list<Trait> traits = []>
    : Op<LowP_Dialect, mnemonic, !listconcat([Pure], traits)>;

def LowP_QuantizedTensor : Type<
    CPred<"::coppice::lowp::isQuantizedTensor($_self)">,
    "tensor of !quant.uniform", "::mlir::RankedTensorType">;
def LowP_FloatTensor : TensorOf<[AnyFloat]>;
/// Planning of conversions to a wider format: consumers convert as they load.
defvar LowP_WideningPlanning = [{
  bool isComputedByReaders() { return true; }
  bool joinsProducer() { return true; }
}];
/// A mask: bit i of byte i / 8, least significant first, belongs to element i.
def LowP_BitMask : 1DTensorOf<[I8]>;

//===----------------------------------------------------------------------===//
// Real values and codes
//===----------------------------------------------------------------------===//

def LowP_QuantizeOp : LowP_Op<"quantize", [
    DeclareOpInterfaceMethods<GradientOpInterface>, PlanningOpInterface]> {
  let summary = "real values to codes: round half to even, saturate";
  let description = [{
    q = clamp(round(x / scale) + zero point). A quotient of f64, the type in
    which layers on codes compute, is computed in double precision; every other
    quotient in the precision of the scale, as ONNX defines it. The gradient is
    straight-through: it passes where the unclamped code lies in the storage
    range, ends included.

    ```mlir
    %q = lowp.quantize %x : tensor<4xf32> -> tensor<4x!quant.uniform<i8:f32, 0.5:3>>
    ```
  }];
  let arguments = (ins LowP_FloatTensor:$input);
  let results = (outs LowP_QuantizedTensor:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
}

def LowP_DequantizeOp : LowP_Op<"dequantize", [
    DeclareOpInterfaceMethods<GradientOpInterface>, PlanningOpInterface]> {
  let extraClassDeclaration = LowP_WideningPlanning;
  let summary = "codes to real values: (q - zero point) scale";
  let description = [{
    The product is computed in double precision, exactly, and rounded once to
    the result's element type, which need not be the expressed type of the
    codes.

    ```mlir
    %x = lowp.dequantize %q : tensor<4x!quant.uniform<i8:f32, 0.5:3>> -> tensor<4xf32>
    ```
  }];
  let arguments = (ins LowP_QuantizedTensor:$input);
  let results = (outs LowP_FloatTensor:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// The clamp of a layer
//===----------------------------------------------------------------------===//

def LowP_ClampOp : LowP_Op<"clamp", [
    DeclareOpInterfaceMethods<GradientOpInterface>, PlanningOpInterface]> {
  let extraClassDeclaration = [{
    ::std::optional<::llvm::SmallVector<int64_t>> getReadShape(unsigned operand);
  }];
  let summary = "codes to a narrower storage range, with a mask of what fitted";
  let description = [{
    Scale and zero point do not change. Bit i of `mask` (byte i / 8, least
    significant bit first, flat in row-major order; unused bits are 0) is 1 if
    the code of element i was in the result's range, ends included. The backward
    pass of the clamp reads this bit alone.

    A layer on codes clamps its result. `--lowp-split-clamps` splits the clamp
    off if a training step needs its mask. The result of the layer is then its
    unclamped code of 16 bits, or of 32 if the codes have 16. Canonicalization
    joins a clamp whose mask is unused to the layer again.

    ```mlir
    %q, %mask = lowp.clamp %wide
       : tensor<4x!quant.uniform<i16:f32, 0.5:3>> -> tensor<4x!quant.uniform<i8:f32, 0.5:3>>, tensor<1xi8>
    ```
  }];
  let arguments = (ins LowP_QuantizedTensor:$input);
  let results = (outs LowP_QuantizedTensor:$result, LowP_BitMask:$mask);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($result) `,` type($mask)";
  let hasVerifier = 1;
  let hasCanonicalizer = 1;
}

def LowP_SelectByMaskOp : LowP_Op<"select_by_mask", [
    AllTypesMatch<["input", "result"]>, PlanningOpInterface]> {
  let extraClassDeclaration = [{
    /// Whether the kernel computes rows, each of the elements of one byte of the
    /// mask. If the last row is shorter than others, the kernel writes the bits
    /// to bytes first, and computes element by element.
    bool computesRows();
    ::std::optional<::llvm::SmallVector<int64_t>> getReadShape(unsigned operand);
    bool writesToDestination(unsigned) { return !computesRows(); }
    void getScratch(const ::coppice::TargetRecord &target,
                    ::llvm::SmallVectorImpl<::coppice::plan::ScratchStage> &stages);
    void getOverwritableOperands(unsigned,
                   ::llvm::SmallVectorImpl<unsigned> &operands) {
      operands.push_back(0);
    }
  }];
  let summary = "elements whose bit in a mask is set, and 0 elsewhere";
  let description = [{
    This is the gradient of a clamp. The mask has the layout of the masks of
    `lowp.clamp` and `lowp.range_mask`. Integers of 8 bits are codes whose zero
    point is 0, so that code 0 stands for 0.

    ```mlir
    %dx = lowp.select_by_mask %dy, %mask : tensor<4xf32>, tensor<1xi8>
    ```
  }];
  let arguments = (ins TensorOf<[AnyFloat, I8]>:$input, LowP_BitMask:$mask);
  let results = (outs TensorOf<[AnyFloat, I8]>:$result);
  let assemblyFormat = "$input `,` $mask attr-dict `:` type($input) `,` type($mask)";
  let hasVerifier = 1;
}

def LowP_RangeMaskOp : LowP_Op<"range_mask", [PlanningOpInterface]> {
  let extraClassDeclaration = [{
    ::std::optional<::llvm::SmallVector<int64_t>> getReadShape(unsigned operand);
  }];
  let summary = "one bit an element: whether it lies strictly within a range";
  let description = [{
    Bit i of `mask` is 1 if low < x < high, and 0 if x is NaN; an infinite
    `high` does not bind. The mask has the layout of the mask of `lowp.clamp`.
    The gradient of a rectifier reads only this mask of its result.

    ```mlir
    %mask = lowp.range_mask %y {low = 0.0, high = 6.0} : tensor<2x5xf32> -> tensor<2xi8>
    ```
  }];
  let arguments = (ins LowP_FloatTensor:$input, F64Attr:$low, F64Attr:$high);
  let results = (outs LowP_BitMask:$mask);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($mask)";
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// A composition on codes that rounds once
//===----------------------------------------------------------------------===//

def LowP_LayerNormOp : LowP_Op<"layer_norm", [OnCodes<"normalize">,
    DeclareOpInterfaceMethods<PlanningOpInterface, ["getScratch"]>]> {
  let summary = "codes normalized over the last axis, scaled and shifted, as codes";
  let description = [{
    The result is quantize(n gamma + beta), where n is the `nn.normalize` of the
    real values over the last axis with this `epsilon`. gamma and beta have one
    number for each index of that axis. The arithmetic is in double precision,
    or in integers if the module asks for them: gamma and beta are then part of
    the requantization, one factor and one addend per channel, as in I-BERT
    (arXiv 2101.01321) and I-ViT (arXiv 2207.01405). Both must be frozen,
    because integers replace them.

    ```mlir
    %y = lowp.layer_norm %x {gamma = array<f64: 1.0, 0.5>, beta = array<f64: 0.0, 0.25>, epsilon = 1.0e-5 : f64}
       : tensor<4x2x!quant.uniform<i8:f32, 0.5:3>> -> tensor<4x2x!quant.uniform<i8:f32, 0.02>>
    ```
  }];
  let arguments = (ins LowP_QuantizedTensor:$input, DenseF64ArrayAttr:$gamma,
                       DenseF64ArrayAttr:$beta, F64Attr:$epsilon,
                       UnitAttr:$uncentered);
  let results = (outs LowP_QuantizedTensor:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Rounding of an update
//===----------------------------------------------------------------------===//

def LowP_RoundingMode : I32EnumAttr<"RoundingMode", "a rounding of numbers", [
    I32EnumAttrCase<"nearest", 0>,      // half to even
    I32EnumAttrCase<"zero", 1>,         // towards zero
    I32EnumAttrCase<"stochastic", 2>]> { // up with the fraction as probability
  let cppNamespace = "::coppice::lowp";
}

def LowP_RoundOp : LowP_Op<"round", [PlanningOpInterface, RandomOpInterface]> {
  let extraClassDeclaration = [{
    bool joinsProducer() { return true; }
  }];
  let summary = "real numbers to integers: round, then saturate";
  let description = [{
    `nearest` rounds half to even and `zero` toward 0. `stochastic` gives
    floor(x + u) with u uniform in [0, 1): u is the number that `nn.dropout`
    draws for element i, from the generator keyed by `seed` and `stream`. The
    bits are the same on every target, and the mean over seeds is x (Gupta et
    al., ICML 2015). NaN gives 0.

    ```mlir
    %q = lowp.round stochastic %x, %seed {stream = 3 : i64}
       : tensor<4xf32>, tensor<i64> -> tensor<4xi8>
    ```
  }];
  let arguments = (ins LowP_RoundingMode:$mode, LowP_FloatTensor:$input,
                       Optional<0DTensorOf<[I64]>>:$seed,
                       DefaultValuedAttr<I64Attr, "0">:$stream);
  let results = (outs TensorOf<[I8, I16, I32]>:$result);
  let assemblyFormat = [{
    $mode $input (`,` $seed^)? attr-dict `:` type($input)
    (`,` type($seed)^)? `->` type($result)
  }];
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Fake quantization: codes with a scale that is learned
//===----------------------------------------------------------------------===//

/// Planning of elementwise ops: the op fuses with its neighbours and may
/// overwrite its tensor operands.
class LowP_ElementwisePlanning<string operands> {
  string declaration = [{
    bool joinsProducer() { return true; }
    void getOverwritableOperands(unsigned,
                   ::llvm::SmallVectorImpl<unsigned> &overwritable) {
      overwritable.append(}] # operands # [{);
    }
  }];
}

/// `scale` is rank 0, or has an element per index of `axis` of `input`.
class LowP_FakeQuantOp<string mnemonic, list<Trait> traits>
    : LowP_Op<mnemonic, !listconcat(traits, [
        AllElementTypesMatch<["input", "scale"]>])> {
  dag codes = (ins I64Attr:$qmin, I64Attr:$qmax,
                   DefaultValuedAttr<I64Attr, "0">:$zero_point,
                   OptionalAttr<I64Attr>:$axis);
  let hasVerifier = 1;
}

def LowP_FakeQuantizeOp : LowP_FakeQuantOp<"fake_quant", [
    AllTypesMatch<["input", "result"]>,
    DeclareOpInterfaceMethods<GradientOpInterface, ["isDifferentiable"]>,
    PlanningOpInterface]> {
  let summary = "real values rounded to values that codes stand for";
  let description = [{
    y = (clamp(round(x / s) + z, qmin, qmax) - z) s. This is `lowp.dequantize`
    of `lowp.quantize` with a scale s that is a tensor, so that it can be
    learned. The quotient is computed in double precision and rounded half to
    even. If the quotient is a tie in single precision only, the code may differ
    from that of `lowp.quantize`. NaN stays NaN. Scales must be positive and
    normal; otherwise the result is unspecified.

    The gradient is that of learned step sizes (Esser et al., LSQ, ICLR 2020,
    equations 3 and 5), with v = x / s. If v lies in [qmin - z, qmax - z], ends
    included, dx = dy and ds sums dy (round(v) - v); otherwise dx = 0 and ds
    sums dy times the nearer end. ds is multiplied by `gradient_scale`, LSQ's g.
    With 0 the scale is frozen and has no gradient.

    With `relaxed` the op clamps and does not round, so that finite differences
    can check its gradient (`--lowp-relax-rounding`).

    ```mlir
    %y = lowp.fake_quant %x, %s [-8, 7] {axis = 3 : i64, gradient_scale = 0.01 : f64}
       : tensor<3x3x8x16xf32>, tensor<16xf32>
    ```
  }];
  let arguments = !con((ins LowP_FloatTensor:$input, LowP_FloatTensor:$scale),
      codes, (ins DefaultValuedAttr<F64Attr, "1.0">:$gradient_scale,
                  UnitAttr:$relaxed));
  let results = (outs LowP_FloatTensor:$result);
  let assemblyFormat = [{
    $input `,` $scale `[` $qmin `,` $qmax `]` attr-dict `:`
    type($input) `,` type($scale)
  }];
  let extraClassDeclaration = LowP_ElementwisePlanning<"{0}">.declaration;
}

def LowP_FakeQuantizeInputGradOp : LowP_FakeQuantOp<"fake_quant_input_grad", [
    AllTypesMatch<["gradient", "input", "result"]>, PlanningOpInterface]> {
  let summary = "gradient of lowp.fake_quant with respect to its input";
  let description = [{
    The result is dy if input / scale lies in the range of codes, and 0
    otherwise.

    ```mlir
    %dx = lowp.fake_quant_input_grad %dy, %x, %s [-8, 7] : tensor<4xf32>, tensor<f32>
    ```
  }];
  let arguments = !con((ins LowP_FloatTensor:$gradient, LowP_FloatTensor:$input,
                            LowP_FloatTensor:$scale), codes);
  let results = (outs LowP_FloatTensor:$result);
  let assemblyFormat = [{
    $gradient `,` $input `,` $scale `[` $qmin `,` $qmax `]` attr-dict `:`
    type($input) `,` type($scale)
  }];
  let extraClassDeclaration = LowP_ElementwisePlanning<"{0, 1}">.declaration;
}

def LowP_FakeQuantizeScaleGradOp : LowP_FakeQuantOp<"fake_quant_scale_grad", [
    AllTypesMatch<["gradient", "input"]>, AllTypesMatch<["scale", "result"]>,
    PlanningOpInterface]> {
  let summary = "gradient of lowp.fake_quant with respect to its scale";
  let description = [{
    The result is `gradient_scale` times the sum of `gradient` times d, with v =
    input / scale. d is round(v) - v if v lies in the range of codes, and the
    nearer end of the range otherwise.

    ```mlir
    %ds = lowp.fake_quant_scale_grad %dy, %x, %s [-8, 7] {gradient_scale = 0.1 : f64}
       : tensor<4xf32>, tensor<f32>
    ```
  }];
  let arguments = !con((ins LowP_FloatTensor:$gradient, LowP_FloatTensor:$input,
                            LowP_FloatTensor:$scale), codes,
      (ins DefaultValuedAttr<F64Attr, "1.0">:$gradient_scale,
           UnitAttr:$relaxed));
  let results = (outs LowP_FloatTensor:$result);
  let assemblyFormat = [{
    $gradient `,` $input `,` $scale `[` $qmin `,` $qmax `]` attr-dict `:`
    type($input) `,` type($scale)
  }];
}

//===----------------------------------------------------------------------===//
// Scales that are known at run time
//===----------------------------------------------------------------------===//

def LowP_EncodeOp : LowP_Op<"encode", [PlanningOpInterface, RandomOpInterface]> {
  let summary = "real numbers to symmetric codes whose scales are computed";
  let description = [{
    A channel is an index of the last axis. Its scale is max |x| / 127 over the
    channel, in f32. A code is x divided by the scale, rounded as `mode` says
    and saturated. A channel of zeros, or with an infinity, has scale 0 and
    codes 0. NaN has code 0. Random numbers are those of `lowp.round`.

    ```mlir
    %q, %scales = lowp.encode stochastic %x, %seed {stream = 3 : i64}
       : tensor<4x8xf32>, tensor<i64> -> tensor<4x8xi8>, tensor<8xf32>
    ```
  }];
  let arguments = (ins LowP_RoundingMode:$mode,
                       StaticShapeTensorOf<[F32]>:$input,
                       Optional<0DTensorOf<[I64]>>:$seed,
                       DefaultValuedAttr<I64Attr, "0">:$stream);
  let results = (outs StaticShapeTensorOf<[I8]>:$codes,
                      1DTensorOf<[F32]>:$scales);
  let assemblyFormat = [{
    $mode $input (`,` $seed^)? attr-dict `:` type($input)
    (`,` type($seed)^)? `->` type($codes) `,` type($scales)
  }];
  let hasVerifier = 1;
}

def LowP_DecodeOp : LowP_Op<"decode", [PlanningOpInterface]> {
  let extraClassDeclaration = LowP_WideningPlanning;
  let summary = "symmetric codes times the scale of their channel";
  let description = [{
    The codes and scales are results of `lowp.encode`; a channel is an index of
    the last axis. Consumers that can decode as they load do so; the result then
    has no buffer.

    ```mlir
    %x = lowp.decode %q, %scales : tensor<4x8xi8>, tensor<8xf32> -> tensor<4x8xf32>
    ```
  }];
  let arguments = (ins StaticShapeTensorOf<[I8]>:$codes,
                       1DTensorOf<[F32]>:$scales);
  let results = (outs StaticShapeTensorOf<[F32]>:$result);
  let assemblyFormat = [{
    $codes `,` $scales attr-dict `:` type($codes) `,` type($scales) `->` type($result)
  }];
  let hasVerifier = 1;
}

#endif // COPPICE_DIALECTS_LOWP_IR_LOWPOPS_TD

//===- TrainOps.td - Ops and attributes of the train dialect -*- tablegen -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_TRAIN_IR_TRAINOPS_TD
#define COPPICE_DIALECTS_TRAIN_IR_TRAINOPS_TD

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "dialects/LowP/Interfaces/RandomInterface.td"
include "dialects/Train/IR/TrainDialect.td"
include "dialects/Train/Interfaces/GradientInterface.td"

class Train_Op<string mnemonic, list<Trait> traits = []>
    : Op<Train_Dialect, mnemonic, traits>;

//===----------------------------------------------------------------------===//
// Parameters
//===----------------------------------------------------------------------===//

def Train_ParameterRole : I32EnumAttr<"ParameterRole",
    "the role of a parameter", [
    I32EnumAttrCase<"weight", 0>,     // a tensor of the model that may be trained
    I32EnumAttrCase<"statistic", 1>,  // running mean or variance
    I32EnumAttrCase<"slot", 2>,       // optimizer slot or gradient accumulator
    I32EnumAttrCase<"counter", 3>,    // the count of updates
    I32EnumAttrCase<"cache", 4>,      // kept by inference for its next call
    I32EnumAttrCase<"random", 5>,     // the counter that seeds random numbers
    I32EnumAttrCase<"calls", 6>]> {   // the count of a step's calls
  let cppNamespace = "::coppice::train";
}

def Train_ParameterOp : Train_Op<"parameter", [Symbol]> {
  let summary = "a named tensor that outlives a step";
  let description = [{
    `value` is the initial value, usually a `dense_resource`, in the stored
    layout. `external_name` is the name in the model file. `layout` is the
    permutation from the file's axes to the stored ones: stored axis i is file
    axis layout[i]. Saved models, gradient dumps and channel indices use the
    names and the axes of the file.

    A quantized parameter stores codes. Its `type` is then a tensor of integers,
    and `quantized` is the `!quant.uniform` element type of those codes.
    `train.read` gives and `train.write` takes a tensor of the quantized type.

    A parameter that some function writes lives in the state buffer, at byte
    `state_offset` once `--train-bind-state` has run. A parameter that no
    function writes is a constant. The attribute `train.running_momentum` of a
    running statistic, a number from 0 to 1, is the part of it that a training
    step keeps. A weight that must stay positive, such as a scale, has
    `train.relative_update`, so that its `train.update` is `relative`.

    ```mlir
    train.parameter @conv.weight : tensor<3x3x1x8xf32> = dense<0.0> : tensor<3x3x1x8xf32>
        {external_name = "conv.weight", layout = array<i64: 2, 3, 1, 0>}
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, TypeAttrOf<AnyRankedTensor>:$type,
      ElementsAttr:$value,
      DefaultValuedAttr<Train_ParameterRole, "ParameterRole::weight">:$role,
      OptionalAttr<StrAttr>:$external_name,
      OptionalAttr<DenseI64ArrayAttr>:$layout,
      OptionalAttr<I64Attr>:$state_offset,
      OptionalAttr<TypeAttr>:$quantized);
  let assemblyFormat = "$sym_name `:` $type `=` $value attr-dict";
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// Returns the type that `train.read` gives: `type`, with the quantized
    /// element type if there is one.
    ::mlir::RankedTensorType getValueType();
    /// Returns the name that messages and results use: the name in the file, or
    /// the symbol.
    ::llvm::StringRef getFileName() {
      return getExternalName().value_or(getSymName());
    }
  }];
}

def Train_ReadOp : Train_Op<"read", [
    DeclareOpInterfaceMethods<SymbolUserOpInterface>,
    MemoryEffects<[MemRead]>]> {
  let summary = "the value of a parameter at the function's entry";
  let description = [{
    All reads of a function see the values from before the call: writes take
    effect when it returns.

    ```mlir
    %w = train.read @w : tensor<8xf32>
    ```
  }];
  let arguments = (ins FlatSymbolRefAttr:$parameter);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = "$parameter attr-dict `:` type($result)";
}

def Train_WriteOp : Train_Op<"write", [
    DeclareOpInterfaceMethods<SymbolUserOpInterface>,
    MemoryEffects<[MemWrite]>]> {
  let summary = "sets the value that a parameter has after the function";
  let description = [{
    A function writes each parameter at most once.

    ```mlir
    train.write %w1, @w : tensor<8xf32>
    ```
  }];
  let arguments = (ins AnyRankedTensor:$value, FlatSymbolRefAttr:$parameter);
  let assemblyFormat = "$value `,` $parameter attr-dict `:` type($value)";
}

//===----------------------------------------------------------------------===//
// Gradients
//===----------------------------------------------------------------------===//

def Train_GradientOp : Train_Op<"gradient", [AttrSizedOperandSegments]> {
  let summary = "requests the gradient of a scalar with respect to tensors";
  let description = [{
    `--train-autodiff` replaces the op by the backward graph. `seed` is the
    gradient of the scalar itself, 1 by default.

    ```mlir
    %dw, %db = train.gradient %loss wrt %w, %b
       : (tensor<f32>, tensor<3x3x1x8xf32>, tensor<8xf32>)
       -> (tensor<3x3x1x8xf32>, tensor<8xf32>)
    ```
  }];
  let arguments = (ins AnyRankedTensor:$loss, Variadic<AnyRankedTensor>:$wrt,
                       Optional<AnyRankedTensor>:$seed);
  let results = (outs Variadic<AnyRankedTensor>:$gradients);
  let assemblyFormat = [{
    $loss `wrt` $wrt (`seed` $seed^)? attr-dict `:`
    functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Sparse update
//===----------------------------------------------------------------------===//

def Train_UpdateKind : I32EnumAttr<"UpdateKind",
    "how much of a parameter a step trains", [
    I32EnumAttrCase<"none", 0>, I32EnumAttrCase<"full", 1>,
    I32EnumAttrCase<"channels", 2>]> {
  let cppNamespace = "::coppice::train";
}

def Train_UpdateSchemeAttr : AttrDef<Train_Dialect, "UpdateScheme"> {
  let mnemonic = "update";
  let summary = "how much of a parameter a step trains";
  let description = [{
    `none`, `full`, or `channels<axis, [indices]>`: the slices at `indices`
    (ascending) along a stored axis. A step function carries one per parameter in
    its dictionary attribute `train.schemes`; `--train-apply-scheme` makes it,
    `--train-prune-backward` obeys it. A layer's bias is a parameter with an
    entry of its own.

    ```mlir
    train.schemes = {conv.bias = #train.update<full>,
                     conv.weight = #train.update<channels<2, [0, 3]>>}
    ```
  }];
  let parameters = (ins "::coppice::train::UpdateKind":$kind, "int64_t":$axis,
                        ArrayRefParameter<"int64_t">:$indices);
  let builders = [
    AttrBuilder<(ins "::coppice::train::UpdateKind":$kind),
                [{ return $_get($_ctxt, kind, 0, ArrayRef<int64_t>()); }]>];
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
}

//===----------------------------------------------------------------------===//
// Locations
//===----------------------------------------------------------------------===//

def Train_StepPart : I32EnumAttr<"StepPart",
    "the part of a training step that an op belongs to", [
    I32EnumAttrCase<"loss", 0>, I32EnumAttrCase<"gradient", 1>,
    I32EnumAttrCase<"update", 2>]> {
  let cppNamespace = "::coppice::train";
  let genSpecializedAttr = 0;
}

def Train_StepPartAttr : EnumAttr<Train_Dialect, Train_StepPart, "part"> {
  let summary = "the part of a training step that an op belongs to";
  let description = [{
    The metadata of a fused location. It says whether the op is part of the
    loss, of the gradient of the value that the location names, or of its
    update. An op without this metadata is part of the forward pass.

    ```mlir
    %g = nn.mul %dy, %y : tensor<8xf32>, tensor<8xf32> loc(fused<#train.part<gradient>>["exp"])
    ```
  }];
  let assemblyFormat = "`<` $value `>`";
}

//===----------------------------------------------------------------------===//
// Optimizers
//===----------------------------------------------------------------------===//

class Train_Attr<string name, string attrMnemonic, list<Trait> traits = []>
    : AttrDef<Train_Dialect, name, traits> {
  let mnemonic = attrMnemonic;
  let assemblyFormat = "`<` struct(params) `>`";
}

/// A parameter of type double. The builtin kind lacks parsing, hashing and
/// elision of a default.
class Train_Real<string default> : APFloatParameter<""> {
  let defaultValue = "::llvm::APFloat(" # default # ")";
  let parser = "::coppice::train::detail::parseReal($_parser)";
  let printer = "$_printer.printFloat($_self)";
}

def OptimizerAttrInterface : AttrInterface<"OptimizerAttrInterface"> {
  let cppNamespace = "::coppice::train";
  let description = [{
    An update rule. It says how many slots of the gradient's type it keeps, and
    builds the step and the new slots as nn ops. Each rule computes what
    PyTorch's does.
  }];
  let methods = [
    InterfaceMethod<"Names of the slots, one tensor of the gradient's type each.",
      "::llvm::SmallVector<::llvm::StringRef>", "getSlotNames", (ins)>,
    InterfaceMethod<[{
        Builds the update. `learningRate` is a rank-0 tensor of the gradient's
        element type, `step` a rank-0 i64 tensor that counts from 1. Returns the
        value to subtract from the parameter, followed by the new slots.
      }],
      "::llvm::SmallVector<::mlir::Value>", "buildDecrement",
      (ins "::mlir::OpBuilder &":$builder, "::mlir::Location":$loc,
           "::mlir::Value":$parameter, "::mlir::Value":$gradient,
           "::mlir::ValueRange":$slots, "::mlir::Value":$learningRate,
           "::mlir::Value":$step)>
  ];
}

def Train_SGDAttr : Train_Attr<"SGD", "sgd",
    [DeclareAttrInterfaceMethods<OptimizerAttrInterface>]> {
  let summary = "stochastic gradient descent with momentum and weight decay";
  let description = [{
    g += weight_decay p; m = momentum m + g; p -= lr (nesterov ? g + momentum m : m).
    With momentum 0 there is no slot. (torch.optim.SGD, dampening 0.)
  }];
  let parameters = (ins Train_Real<"0.0">:$momentum,
                        Train_Real<"0.0">:$weight_decay,
                        DefaultValuedParameter<"bool", "false">:$nesterov);
}

def Train_AdamAttr : Train_Attr<"Adam", "adam",
    [DeclareAttrInterfaceMethods<OptimizerAttrInterface>]> {
  let summary = "Adam (Kingma and Ba, 2015); AdamW where decoupled";
  let description = [{
    m = beta1 m + (1 - beta1) g; v = beta2 v + (1 - beta2) g^2;
    p -= lr / (1 - beta1^t) m / (sqrt(v / (1 - beta2^t)) + epsilon). Weight decay adds weight_decay p to g, or,
    decoupled (Loshchilov and Hutter, 2019), multiplies p by
    1 - lr weight_decay first.
  }];
  let parameters = (ins Train_Real<"0.9">:$beta1,
                        Train_Real<"0.999">:$beta2,
                        Train_Real<"1e-8">:$epsilon,
                        Train_Real<"0.0">:$weight_decay,
                        DefaultValuedParameter<"bool", "false">:$decoupled);
}

def Train_UpdateRounding : I32EnumAttr<"UpdateRounding",
    "how a real number is rounded to a code", [
    I32EnumAttrCase<"nearest", 0>,           // half to even
    I32EnumAttrCase<"zero", 1>,              // towards zero
    I32EnumAttrCase<"stochastic", 2>,        // up with the fraction as probability
    I32EnumAttrCase<"error_feedback", 3>]> { // nearest; the rest is kept
  let cppNamespace = "::coppice::train";
}

def Train_UpdateOp : Train_Op<"update", [Pure, RandomOpInterface]> {
  let summary = "one optimizer step of one parameter";
  let description = [{
    The op is pure: it takes the parameter, its gradient and its slots and
    returns the new parameter and slots, which `train.write` stores.
    `--train-lower-updates` expands it. The gradient, the slots and the learning
    rate of a parameter of a narrower float type are f32.

    ```mlir
    %w1, %m1 = train.update #train.sgd<momentum = 0.9> %w, %dw, %lr, %t, %m
       : (tensor<8xf32>, tensor<8xf32>, tensor<f32>, tensor<i64>, tensor<8xf32>)
       -> (tensor<8xf32>, tensor<8xf32>)
    ```

    A quantized parameter has no float copy: its codes are updated, rounded as
    `rounding` says and saturated. The gradient G is the gradient of the real
    values, and the slots are floats. With `qas` (quantization-aware scaling,
    Lin et al., NeurIPS 2022) the optimizer works on real values, and its step
    is divided by the scale s: a code q becomes q - lr G / s. Without `qas` it
    works on codes, whose gradient is s G. Channels whose scale is below 2^-17
    of the largest of the tensor are dead and keep their codes. If the parameter
    is a slice of a tensor, `largest_scale` is the largest scale of the whole
    tensor.

    A parameter that must stay positive, such as a scale, has a `relative`
    update. The optimizer is given g / p, and its step d multiplies p by
    exp(-d), limited to [1/2, 2]. For plain gradient descent the result is p -
    lr g to first order. For Adam the learning rate is relative to p.

    A float parameter may be the copy of a quantized one; `latent` is then the
    type of the codes. Without `qas` its gradient is s^2 G, so that it moves as
    far as the codes would.

    `stochastic` rounding draws numbers from the generator keyed by `step` and
    `stream`. `error_feedback` has one more slot, the last one: it holds what
    rounding lost, in 256ths of a code.

    ```mlir
    %w1, %rest1 = train.update #train.sgd<> rounding error_feedback
        %w, %dw, %lr, %t, %rest {qas}
       : (tensor<8x!quant.uniform<i8:f32, 0.5>>, tensor<8xf32>, tensor<f32>, tensor<i64>, tensor<8xi8>)
       -> (tensor<8x!quant.uniform<i8:f32, 0.5>>, tensor<8xi8>)
    ```
  }];
  let arguments = (ins OptimizerAttrInterface:$optimizer,
      OptionalAttr<Train_UpdateRounding>:$rounding,
      AnyRankedTensor:$parameter, AnyRankedTensor:$gradient,
      AnyRankedTensor:$learning_rate, AnyRankedTensor:$step,
      Variadic<AnyRankedTensor>:$slots, UnitAttr:$qas, UnitAttr:$relative,
      DefaultValuedAttr<I64Attr, "0">:$stream,
      OptionalAttr<TypeAttr>:$latent,
      OptionalAttr<F64Attr>:$largest_scale);
  let results = (outs AnyRankedTensor:$new_parameter,
                      Variadic<AnyRankedTensor>:$new_slots);
  let assemblyFormat = [{
    $optimizer (`rounding` $rounding^)? $parameter `,` $gradient `,` $learning_rate `,` $step
    (`,` $slots^)? attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Saved values
//===----------------------------------------------------------------------===//

def SavePolicyAttrInterface : AttrInterface<"SavePolicyAttrInterface"> {
  let cppNamespace = "::coppice::train";
  let description = [{
    The policy of a `train.saved`: in which form a value is held from its
    producer in the forward pass to its consumers in the backward pass. To add a
    policy, add an attribute and the pass that realizes it.
  }];
  let methods = [
    InterfaceMethod<[{
        Returns the type that the backward pass reads in place of a tensor of
        `type`; null if the policy cannot hold such a tensor.
      }],
      "::mlir::RankedTensorType", "getSavedType",
      (ins "::mlir::RankedTensorType":$type)>
  ];
}

class Train_Policy<string name, string attrMnemonic>
    : AttrDef<Train_Dialect, name,
              [DeclareAttrInterfaceMethods<SavePolicyAttrInterface>]> {
  let mnemonic = attrMnemonic;
}

def Train_KeepAttr : Train_Policy<"Keep", "keep"> {
  let summary = "the value is held as it is";
  let description = [{
    ```mlir
    %s = train.saved #train.keep %y : tensor<2x5xf32>
    ```
  }];
}

def Train_MaskAttr : Train_Policy<"Mask", "mask"> {
  let summary = "one bit an element is held: whether it lies in a range";
  let description = [{
    The bit is that of `lowp.range_mask`: low < x < high. An infinite bound does
    not bind. If the value is codes, x is the number that a code stands for.

    ```mlir
    %m = train.saved #train.mask<low = 0.0, high = 6.0> %y : tensor<2x5xf32>
    %dx = lowp.select_by_mask %dy, %m : tensor<2x5xf32>, tensor<2xi8>
    ```
  }];
  let parameters = (ins
      Train_Real<"-::std::numeric_limits<double>::infinity()">:$low,
      Train_Real<"::std::numeric_limits<double>::infinity()">:$high);
  let assemblyFormat = "`<` struct(params) `>`";
}

def Train_NarrowAttr : Train_Policy<"Narrow", "narrow"> {
  let summary = "the value is held in a narrower format and read as f32";
  let description = [{
    `bf16` and `f16` round half to even; values that overflow f16 saturate. `i8`
    is codes with one scale for each index of the last axis (`lowp.encode`).

    ```mlir
    %s = train.saved #train.narrow<bf16> %dy : tensor<2x5xf32>
    ```
  }];
  let parameters = (ins "::mlir::Type":$element);
  let assemblyFormat = "`<` $element `>`";
  let genVerifyDecl = 1;
}

def Train_RecomputeAttr : Train_Policy<"Recompute", "recompute"> {
  let summary = "nothing is held: each reader puts the value together again";
  let description = [{
    The value must be computed from parameters and constants by ops that move
    elements (concatenations, gathers).

    ```mlir
    %w = nn.concat %trained, %frozen {axis = 2 : i64} : (tensor<1x1x2x8xf32>, tensor<1x1x6x8xf32>) -> tensor<1x1x8x8xf32>
    %s = train.saved #train.recompute %w : tensor<1x1x8x8xf32>
    ```
  }];
}

def Train_SavedOp : Train_Op<"saved", [
    Pure, InferTypeOpAdaptor,
    DeclareOpInterfaceMethods<GradientOpInterface, ["isDifferentiable"]>]> {
  let summary = "the edge from a value to its readers in the backward pass";
  let description = [{
    `--train-autodiff` makes one `train.saved`, with the policy `#train.keep`,
    for each value of the forward pass that a gradient rule reads. Constants and
    parameters are read directly, because they outlive the forward pass. If a
    step stores gradients in a narrower format, the gradient of each activation
    passes a `train.saved` too, with that format as its policy.

    Passes choose the policy, and others realize it:

    | policy | the backward pass reads | chosen by | realized by |
    |---|---|---|---|
    | `#train.keep` | the value | `--train-autodiff` | `--train-lower-saved` |
    | `#train.mask<…>` | one bit an element | `--train-pack-masks` | `--train-lower-saved` |
    | `#train.narrow<…>` | the value, rounded | `--train-autodiff`, of a step with `--gradients` | `--train-store-gradients` |
    | `#train.recompute` | the value, put together again | `--train-rebuild-weights` | `--train-recompute-saved` |

    Every op that depends on the result of a `train.saved` is in the backward
    pass. At the end of the train phase the backward pass reads no other value
    of the forward pass.

    ```mlir
    %y = nn.relu %x : tensor<2x5xf32>
    %s = train.saved #train.keep %y : tensor<2x5xf32>
    %positive = nn.compare gt %s, %zero : tensor<2x5xf32>, tensor<f32>
    ```
  }];
  let arguments = (ins SavePolicyAttrInterface:$policy, AnyRankedTensor:$value);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = "$policy $value attr-dict `:` type($value)";
  let hasFolder = 1;
}

#endif // COPPICE_DIALECTS_TRAIN_IR_TRAINOPS_TD

//===- PlanningInterface.td - Memory of an op's kernel -----*- tablegen -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_PLAN_INTERFACES_PLANNINGINTERFACE_TD
#define COPPICE_DIALECTS_PLAN_INTERFACES_PLANNINGINTERFACE_TD

include "mlir/IR/OpBase.td"

def PlanningOpInterface : OpInterface<"PlanningOpInterface"> {
  let cppNamespace = "::coppice::plan";
  let description = [{
    An op on tensors says which kernel it joins and which memory it needs there,
    before there is code. `--plan-form-kernels` forms kernels by the methods of
    this interface, and `--plan-schedule` orders kernels by the declared bytes.
    The lowering allocates the same tensors: `--plan-pack-scratch` compares the
    declared bytes of each kernel with the bytes of its buffers.

    By default, an op has a buffer for each result and needs no other memory.
  }];
  let methods = [
    InterfaceMethod<[{
        Returns the operand that result `result` is a view of. The result has no
        buffer of its own, and the buffer of the operand stays live.
      }],
      "::std::optional<unsigned>", "getViewedOperand",
      (ins "unsigned":$result), [{}], [{ return ::std::nullopt; }]>,
    InterfaceMethod<[{
        Returns, for a result that is a slice of the viewed operand, how many
        elements of the operand neighbours along each axis are apart. Empty for a
        view that keeps all elements in their order.
      }],
      "::llvm::SmallVector<int64_t>", "getViewSteps",
      (ins "unsigned":$result), [{}], [{ return {}; }]>,
    InterfaceMethod<[{
        Returns the bytes of the buffer of result `result`. By default, those of
        its type.
      }],
      "int64_t", "getResultBytes", (ins "unsigned":$result), [{}], [{
        return ::coppice::plan::getStoredBytes($_op->getResult(result).getType());
      }]>,
    InterfaceMethod<[{
        Appends the operands that result `result` may overwrite if the operand
        dies at this op. An element of such an operand is read before the same
        element of the result is written, and never after.
      }],
      "void", "getOverwritableOperands",
      (ins "unsigned":$result,
           "::llvm::SmallVectorImpl<unsigned> &":$operands), [{}], [{ return; }]>,
    InterfaceMethod<[{
        Appends the operands that are parts of the result, as for a
        concatenation and for padding. Their producers can write them there.
      }],
      "void", "getParts",
      (ins "::llvm::SmallVectorImpl<::coppice::plan::Part> &":$parts), [{}],
      [{ return; }]>,
    InterfaceMethod<[{
        Creates the result as the op writes it beside its parts, such as the
        border of a padding. The elements of the parts may have any value. Returns
        null if the parts are all of the result.
      }],
      "::mlir::Value", "createFrame", (ins "::mlir::OpBuilder &":$builder),
      [{}], [{ return {}; }]>,
    InterfaceMethod<[{
        Whether consumers compute the result, element by element, from the
        operands of the op, as they do for a conversion to a wider format. The
        result has a buffer only if a consumer has no code.
      }],
      "bool", "isComputedByReaders", (ins), [{}], [{ return false; }]>,
    InterfaceMethod<[{
        Returns the border around operand `operand`, an image, that the op's
        windows read; nullopt if no window reads beyond the image.
      }],
      "::std::optional<::coppice::plan::Border>", "getBorder",
      (ins "unsigned":$operand), [{}], [{ return ::std::nullopt; }]>,
    InterfaceMethod<[{
        Creates `image` with `border` around it. The op can read the result as
        the operand for which it returned this border.
      }],
      "::mlir::Value", "createBorder",
      (ins "::mlir::OpBuilder &":$builder, "::mlir::Value":$image,
           "const ::coppice::plan::Border &":$border), [{}],
      [{ return image; }]>,
    InterfaceMethod<[{
        Replaces operand `operand` by `image`, which contains the border that
        `getBorder` returned. The op's windows then read no border of their own.
      }],
      "void", "readBordered",
      (ins "unsigned":$operand, "::mlir::Value":$image), [{}], [{ return; }]>,
    InterfaceMethod<[{
        Whether the kernel can write result `result` to the place that its
        consumer needs: a caller's buffer, an image with a border, a part of a
        concatenation. Otherwise the result has a buffer of its own and is copied.
      }],
      "bool", "writesToDestination", (ins "unsigned":$result), [{}], [{
        return true;
      }]>,
    InterfaceMethod<[{
        Returns the shape in which the kernel reads operand `operand`, across the
        axes of its type; nullopt if it reads the operand as it is. An operand
        that is stored with gaps may have to be copied first.
      }],
      "::std::optional<::llvm::SmallVector<int64_t>>", "getReadShape",
      (ins "unsigned":$operand), [{}], [{ return ::std::nullopt; }]>,
    InterfaceMethod<[{
        Whether the op computes each element of its result from one element of
        every operand of the same size, so that it can fuse with the producer of
        one of them.
      }],
      "bool", "joinsProducer", (ins), [{}], [{ return false; }]>,
    InterfaceMethod<[{
        Whether an op that joins producers reads, for each element of its
        result, the element at the same index of operands of the same shape (a
        transpose does not). The kernel may then overwrite such an operand.
      }],
      "bool", "readsInOrder", (ins), [{}], [{ return $_op.joinsProducer(); }]>,
    InterfaceMethod<[{
        Whether the result is computed element by element from tensors that the
        op has stored, so that this last step can move into the kernel of a
        single consumer. Operands and scratch then stay live until that kernel.
        By default true for ops that join their producers.
      }],
      "bool", "joinsConsumer", (ins), [{}], [{ return $_op.joinsProducer(); }]>,
    InterfaceMethod<[{
        Whether the kernel still has its result in registers when an op that
        joins it follows. The result is stored only if other ops read it too.
      }],
      "bool", "absorbsConsumer", (ins), [{}], [{ return false; }]>,
    InterfaceMethod<[{
        Whether the kernel reads each element of its operands once, so that an
        elementwise op that no other op reads can be computed as they are
        loaded.
      }],
      "bool", "absorbsProducers", (ins), [{}], [{ return false; }]>,
    InterfaceMethod<[{
        Appends the stages of the op's kernels on `target`, each with the
        tensors that it needs besides operands and results. The lowering
        computes the sizes in the same place.
      }],
      "void", "getScratch",
      (ins "const ::coppice::TargetRecord &":$target,
           "::llvm::SmallVectorImpl<::coppice::plan::ScratchStage> &":$stages),
      [{}], [{ return; }]>
  ];
}

#endif // COPPICE_DIALECTS_PLAN_INTERFACES_PLANNINGINTERFACE_TD

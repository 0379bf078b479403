//===- PlanningInterface.td - What an op's kernel needs ----*- tablegen -*-===//
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
    Which kernel an op on tensors joins, and what it needs in memory there, known
    before there is code: `--plan-form-kernels` forms kernels by it,
    `--plan-schedule` orders them by it, and the lowering makes what it says and
    nothing else. `--coppice-verify-phase=phase=kernels` compares.

    By default an op has a buffer for each result and needs nothing beside them.
  }];
  let methods = [
    InterfaceMethod<[{
        The operand that result `result` is another name of, or a part of: the
        result has no buffer of its own, and the operand's lives on.
      }],
      "::std::optional<unsigned>", "getViewedOperand",
      (ins "unsigned":$result), [{}], [{ return ::std::nullopt; }]>,
    InterfaceMethod<[{
        Bytes of the buffer of result `result`. By default those of its type.
      }],
      "int64_t", "getResultBytes", (ins "unsigned":$result), [{}], [{
        return ::coppice::plan::getStoredBytes($_op->getResult(result).getType());
      }]>,
    InterfaceMethod<[{
        Appends the operands whose buffer result `result` may take over where
        the operand dies at this op: an element of it is read before, and never
        after, the same element of the result is written.
      }],
      "void", "getOverwritableOperands",
      (ins "unsigned":$result,
           "::llvm::SmallVectorImpl<unsigned> &":$operands), [{}], [{ return; }]>,
    InterfaceMethod<[{
        Appends the operands that are parts of the result, as those of a
        concatenation and of padding are: they can be made where they will be.
      }],
      "void", "getParts",
      (ins "::llvm::SmallVectorImpl<::coppice::plan::Part> &":$parts), [{}],
      [{ return; }]>,
    InterfaceMethod<[{
        Creates the result with any elements where its parts will be: what the
        op writes beside its parts. Null if the parts are all of the result.
      }],
      "::mlir::Value", "createFrame", (ins "::mlir::OpBuilder &":$builder),
      [{}], [{ return {}; }]>,
    InterfaceMethod<[{
        Whether readers compute the result from what they load, element by
        element, as a conversion to a wider format: the result is stored nowhere
        but where a reader has no code.
      }],
      "bool", "isComputedByReaders", (ins), [{}], [{ return false; }]>,
    InterfaceMethod<[{
        The border around operand `operand`, an image, that the op's windows
        reach; none where they reach nothing beyond the image.
      }],
      "::std::optional<::coppice::plan::Border>", "getBorder",
      (ins "unsigned":$operand), [{}], [{ return ::std::nullopt; }]>,
    InterfaceMethod<[{
        Puts `border` around `image`, a value that an operand with such a border
        may have.
      }],
      "::mlir::Value", "createBorder",
      (ins "::mlir::OpBuilder &":$builder, "::mlir::Value":$image,
           "const ::coppice::plan::Border &":$border), [{}],
      [{ return image; }]>,
    InterfaceMethod<[{
        Operand `operand` becomes `image`, which holds the border that
        `getBorder` tells: the op reaches nothing beyond it.
      }],
      "void", "readBordered",
      (ins "unsigned":$operand, "::mlir::Value":$image), [{}], [{ return; }]>,
    InterfaceMethod<[{
        Whether the kernel writes result `result` wherever its user wants it:
        into a caller's buffer, a border, a part of a concatenation. What cannot
        is stored apart and copied.
      }],
      "bool", "writesToDestination", (ins "unsigned":$result), [{}], [{
        return true;
      }]>,
    InterfaceMethod<[{
        Whether the kernel reads operand `operand` as one row of elements, across
        its axes. One that is stored with gaps is copied first.
      }],
      "bool", "readsAsRow", (ins "unsigned":$operand), [{}], [{
        return false;
      }]>,
    InterfaceMethod<[{
        Whether the op computes each element of its result from one element of
        every operand of the same size, so that it may join the kernel that
        makes one of them.
      }],
      "bool", "joinsProducer", (ins), [{}], [{ return false; }]>,
    InterfaceMethod<[{
        Whether an op that joins producers reads, for each element of its
        result, the element at the same place of operands of the same shape: a
        transpose reads another one. Such a kernel may write over what it reads.
      }],
      "bool", "readsInOrder", (ins), [{}], [{ return $_op.joinsProducer(); }]>,
    InterfaceMethod<[{
        Whether the result is computed from one element after the other of what
        the op stored before, so that this moves into the kernel of an only
        reader: operands and scratch live that long. By default those that join
        their producers do.
      }],
      "bool", "joinsConsumer", (ins), [{}], [{ return $_op.joinsProducer(); }]>,
    InterfaceMethod<[{
        Whether the kernel has its result in registers when an op that joins it
        comes: the result is stored only if others read it, too.
      }],
      "bool", "absorbsConsumer", (ins), [{}], [{ return false; }]>,
    InterfaceMethod<[{
        Appends the stages that the op's kernels on `target` pass through, each
        with the tensors that it needs beside operands and results. Sizes come
        from where the lowering has them from.
      }],
      "void", "getScratch",
      (ins "const ::coppice::TargetRecord &":$target,
           "::llvm::SmallVectorImpl<::coppice::plan::ScratchStage> &":$stages),
      [{}], [{ return; }]>
  ];
}

#endif // COPPICE_DIALECTS_PLAN_INTERFACES_PLANNINGINTERFACE_TD

//===- BFloat16Bits.cpp - Moves bfloat16s as integers -----------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Target/CPU/BFloat16Bits.h"

#include "llvm/ADT/PostOrderIterator.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/Module.h"
#include "llvm/Transforms/Utils/Local.h"

using namespace llvm;

static bool isBFloat16(Type *type) {
  return type->getScalarType()->isBFloatTy();
}

static Type *bitsOf(Type *type) {
  return type->getWithNewType(Type::getInt16Ty(type->getContext()));
}

namespace {
class BitMover {
public:
  explicit BitMover(Function &function) : function(function) {}
  void run();

private:
  /// Returns the bits of a bfloat16, or of a vector of them.
  Value *getBits(Value *value);
  /// Returns the same instruction on bits; null if there is none.
  Value *convert(Instruction &instruction);
  Value *convertCall(IntrinsicInst &call, IRBuilder<> &builder);
  void convertUse(Instruction &instruction);

  Function &function;
  DenseMap<Value *, Value *> bits;
  SetVector<Instruction *> replaced;
};
} // namespace

Value *BitMover::getBits(Value *value) {
  if (Value *known = bits.lookup(value))
    return known;
  Type *type = bitsOf(value->getType());
  if (auto *constant = dyn_cast<Constant>(value))
    return ConstantExpr::getBitCast(constant, type);
  // Convert an operand that has no form on integers.
  IRBuilder<> builder(function.getContext());
  if (auto *instruction = dyn_cast<Instruction>(value))
    builder.SetInsertPoint(*instruction->getInsertionPointAfterDef());
  else
    builder.SetInsertPoint(&*function.getEntryBlock().getFirstInsertionPt());
  return bits[value] = builder.CreateBitCast(value, type);
}

Value *BitMover::convertCall(IntrinsicInst &call, IRBuilder<> &builder) {
  if (call.getIntrinsicID() != Intrinsic::masked_load)
    return nullptr;
  return builder.CreateMaskedLoad(bitsOf(call.getType()), call.getArgOperand(0),
                                  call.getParamAlign(0).valueOrOne(),
                                  call.getArgOperand(1),
                                  getBits(call.getArgOperand(2)));
}

Value *BitMover::convert(Instruction &instruction) {
  IRBuilder<> builder(&instruction);
  Type *type = bitsOf(instruction.getType());
  auto operand = [&](unsigned i) { return getBits(instruction.getOperand(i)); };
  if (auto *load = dyn_cast<LoadInst>(&instruction)) {
    LoadInst *result = builder.CreateAlignedLoad(
        type, load->getPointerOperand(), load->getAlign(), load->isVolatile());
    copyMetadataForLoad(*result, *load);
    return result;
  }
  if (auto *phi = dyn_cast<PHINode>(&instruction))
    return builder.CreatePHI(type, phi->getNumIncomingValues());
  if (auto *choice = dyn_cast<SelectInst>(&instruction))
    return builder.CreateSelect(choice->getCondition(), operand(1), operand(2));
  if (isa<FreezeInst>(instruction))
    return builder.CreateFreeze(operand(0));
  if (isa<ExtractElementInst>(instruction))
    return builder.CreateExtractElement(operand(0), instruction.getOperand(1));
  if (isa<InsertElementInst>(instruction))
    return builder.CreateInsertElement(operand(0), operand(1),
                                       instruction.getOperand(2));
  if (auto *shuffle = dyn_cast<ShuffleVectorInst>(&instruction))
    return builder.CreateShuffleVector(operand(0), operand(1),
                                       shuffle->getShuffleMask());
  if (isa<BitCastInst>(instruction)) {
    Value *from = instruction.getOperand(0);
    if (isBFloat16(from->getType()))
      from = getBits(from);
    return builder.CreateBitCast(from, type);
  }
  if (auto *call = dyn_cast<IntrinsicInst>(&instruction))
    return convertCall(*call, builder);
  return nullptr;
}

/// Converts an instruction that reads bfloat16s and returns another type.
void BitMover::convertUse(Instruction &instruction) {
  if (isa<StoreInst>(instruction)) {
    instruction.setOperand(0, getBits(instruction.getOperand(0)));
  } else if (isa<BitCastInst>(instruction)) {
    instruction.setOperand(0, getBits(instruction.getOperand(0)));
  } else if (auto *call = dyn_cast<IntrinsicInst>(&instruction)) {
    if (call->getIntrinsicID() != Intrinsic::masked_store)
      return;
    IRBuilder<> builder(call);
    builder.CreateMaskedStore(
        getBits(call->getArgOperand(0)), call->getArgOperand(1),
        call->getParamAlign(1).valueOrOne(), call->getArgOperand(2));
    replaced.insert(call);
  }
}

void BitMover::run() {
  // In this order, operands come before their users, except those of phis.
  ReversePostOrderTraversal<Function *> order(&function);
  SmallVector<PHINode *> phis;
  for (BasicBlock *block : order) {
    for (Instruction &instruction : make_early_inc_range(*block)) {
      if (isBFloat16(instruction.getType())) {
        if (Value *result = convert(instruction)) {
          bits[&instruction] = result;
          replaced.insert(&instruction);
          if (auto *phi = dyn_cast<PHINode>(&instruction))
            phis.push_back(phi);
        }
      } else if (any_of(instruction.operands(), [](const Use &use) {
                   return isBFloat16(use->getType());
                 })) {
        convertUse(instruction);
      }
    }
  }
  for (PHINode *phi : phis)
    for (unsigned i = 0; i < phi->getNumIncomingValues(); ++i)
      cast<PHINode>(bits[phi])->addIncoming(getBits(phi->getIncomingValue(i)),
                                            phi->getIncomingBlock(i));
  // A user that has no form on integers keeps a bfloat16.
  auto stays = [&](User *user) {
    return !replaced.contains(cast<Instruction>(user));
  };
  for (Instruction *instruction : replaced) {
    Value *result = bits.lookup(instruction);
    if (!result || none_of(instruction->users(), stays))
      continue;
    IRBuilder<> builder(function.getContext());
    builder.SetInsertPoint(*instruction->getInsertionPointAfterDef());
    Value *back = builder.CreateBitCast(result, instruction->getType());
    instruction->replaceUsesWithIf(
        back, [&](Use &use) { return stays(use.getUser()); });
  }
  for (Instruction *instruction : replaced)
    instruction->dropAllReferences();
  for (Instruction *instruction : replaced)
    instruction->eraseFromParent();
}

void coppice::moveBFloat16AsBits(Module &module) {
  for (Function &function : module)
    if (!function.isDeclaration())
      BitMover(function).run();
}

//===- JIT.cpp - Compiled functions in this process -------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "coppice/JIT.h"
#include "coppice/Target.h"
#include "lib/Target/CPU/Codegen.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "llvm/ExecutionEngine/Orc/ExecutionUtils.h"
#include "llvm/ExecutionEngine/Orc/LLJIT.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Target/TargetMachine.h"

using namespace llvm;
using namespace coppice;

static constexpr StringLiteral packedSuffix = ".packed";

/// Adds `void <entry>.packed(ptr arguments)`, which loads one pointer per
/// argument of `entry` and calls it. The host cannot make a call with a number
/// of arguments that it learns at run time.
static void addPackedEntry(Module &module, Function &entry) {
  LLVMContext &context = module.getContext();
  IRBuilder<> builder(context);
  Function *packed = Function::Create(
      FunctionType::get(builder.getVoidTy(), {builder.getPtrTy()}, false),
      GlobalValue::ExternalLinkage, entry.getName() + packedSuffix, module);
  builder.SetInsertPoint(BasicBlock::Create(context, "entry", packed));
  SmallVector<Value *> arguments;
  for (unsigned i = 0; i < entry.arg_size(); ++i) {
    Value *slot =
        builder.CreateConstGEP1_32(builder.getPtrTy(), packed->getArg(0), i);
    arguments.push_back(builder.CreateLoad(builder.getPtrTy(), slot));
  }
  builder.CreateCall(&entry, arguments);
  builder.CreateRetVoid();
}

JIT::JIT(std::unique_ptr<orc::LLJIT> engine) : engine(std::move(engine)) {}
JIT::~JIT() = default;

Expected<std::unique_ptr<JIT>> JIT::create(mlir::ModuleOp module,
                                           const CodegenOptions &options) {
  mlir::FailureOr<TargetRecord> record = TargetRecord::get(module);
  if (succeeded(record))
    if (Error error = record->checkRunsHere())
      return std::move(error);
  LLVMContext context;
  std::unique_ptr<TargetMachine> machine;
  Expected<std::unique_ptr<Module>> ir =
      translateToLLVMIR(module, context, options, machine);
  if (!ir)
    return ir.takeError();

  std::vector<std::pair<std::string, size_t>> names;
  for (auto function : module.getOps<mlir::LLVM::LLVMFuncOp>()) {
    Function *entry = (*ir)->getFunction(function.getName());
    if (!entry || entry->isDeclaration() || !entry->hasExternalLinkage() ||
        !llvm::all_of(entry->args(), [](const Argument &argument) {
          return argument.getType()->isPointerTy();
        }))
      continue;
    names.emplace_back(function.getName().str(), entry->arg_size());
    addPackedEntry(**ir, *entry);
  }

  Expected<SmallVector<char, 0>> object =
      emitModule(**ir, *machine, CodegenOutput::Object);
  if (!object)
    return object.takeError();

  Expected<std::unique_ptr<orc::LLJIT>> engine = orc::LLJITBuilder().create();
  if (!engine)
    return engine.takeError();
  // Resolve the functions of the C library: memcpy, expf and the like.
  auto generator = orc::DynamicLibrarySearchGenerator::GetForCurrentProcess(
      (*engine)->getDataLayout().getGlobalPrefix());
  if (!generator)
    return generator.takeError();
  (*engine)->getMainJITDylib().addGenerator(std::move(*generator));
  if (Error error = (*engine)->addObjectFile(MemoryBuffer::getMemBufferCopy(
          StringRef(object->data(), object->size()), "coppice")))
    return std::move(error);

  std::unique_ptr<JIT> jit(new JIT(std::move(*engine)));
  for (auto &[name, arguments] : names) {
    Expected<orc::ExecutorAddr> address =
        jit->engine->lookup(name + packedSuffix.str());
    if (!address)
      return address.takeError();
    jit->entries[name] = {address->toPtr<void (*)(void *const *)>(), arguments};
  }
  return jit;
}

Error JIT::run(StringRef name, ArrayRef<void *> arguments) {
  auto entry = entries.find(name);
  if (entry == entries.end())
    return createStringError(inconvertibleErrorCode(),
                             "no compiled function is named '" + name + "'");
  if (entry->second.arguments != arguments.size())
    return createStringError(inconvertibleErrorCode(),
                             "function '" + name + "' takes " +
                                 Twine(entry->second.arguments) +
                                 " arguments, not " + Twine(arguments.size()));
  entry->second.call(arguments.data());
  return Error::success();
}

Expected<void *> JIT::lookup(StringRef symbol) {
  Expected<orc::ExecutorAddr> address = engine->lookup(symbol);
  if (!address)
    return address.takeError();
  return address->toPtr<void *>();
}

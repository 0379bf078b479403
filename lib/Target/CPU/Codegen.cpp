//===- Codegen.cpp - LLVM IR, assembly and objects --------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Target/CPU/Codegen.h"
#include "coppice/JIT.h"
#include "coppice/Target.h"

#include "dialects/Train/IR/Train.h"
#include "lib/Target/CPU/BFloat16Bits.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "mlir/Target/LLVMIR/Dialect/All.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Target/TargetMachine.h"

using namespace llvm;
using namespace coppice;

static Error makeError(const Twine &message) {
  return createStringError(inconvertibleErrorCode(), message);
}

static Expected<std::unique_ptr<TargetMachine>>
createMachine(const TargetRecord &record, unsigned optLevel) {
  InitializeAllTargetInfos();
  InitializeAllTargets();
  InitializeAllTargetMCs();
  InitializeAllAsmPrinters();
  InitializeAllAsmParsers();

  Triple triple(record.triple);
  std::string message;
  const Target *target = TargetRegistry::lookupTarget(triple, message);
  if (!target)
    return makeError("cannot generate code for '" + triple.str() +
                     "': " + message);
  auto level = static_cast<CodeGenOptLevel>(std::min(optLevel, 3u));
  std::unique_ptr<TargetMachine> machine(target->createTargetMachine(
      triple, record.cpu, record.getFeatureString(), TargetOptions(),
      Reloc::PIC_, std::nullopt, level));
  if (!machine)
    return makeError("cannot generate code for processor '" + record.cpu +
                     "' of '" + triple.str() + "'");
  return machine;
}

/// Erases what does not become code: parameters, whose initial values other
/// files hold, and the names and roles of arguments.
static void stripDescription(mlir::ModuleOp module) {
  for (mlir::Operation &op : llvm::make_early_inc_range(*module.getBody())) {
    if (isa<train::ParameterOp>(op)) {
      op.erase();
      continue;
    }
    auto function = dyn_cast<mlir::FunctionOpInterface>(op);
    if (!function)
      continue;
    auto isOurs = [](mlir::NamedAttribute attribute) {
      return !isa_and_nonnull<mlir::LLVM::LLVMDialect>(
          attribute.getNameDialect());
    };
    for (unsigned i = 0; i < function.getNumArguments(); ++i)
      for (mlir::NamedAttribute attribute :
           llvm::make_filter_range(function.getArgAttrs(i), isOurs))
        function.removeArgAttr(i, attribute.getName());
  }
}

static OptimizationLevel levelOf(unsigned level) {
  switch (level) {
  case 0:
    return OptimizationLevel::O0;
  case 1:
    return OptimizationLevel::O1;
  case 2:
    return OptimizationLevel::O2;
  default:
    return OptimizationLevel::O3;
  }
}

/// Runs clang's pipeline without SLP vectorization: kernels are vectorized
/// already, and it takes longer than all other passes together.
static void optimize(Module &module, TargetMachine &machine, unsigned level) {
  PipelineTuningOptions tuning;
  tuning.LoopInterleaving = tuning.LoopVectorization = level > 1;
  tuning.SLPVectorization = false;
  PassBuilder builder(&machine, tuning);
  LoopAnalysisManager loops;
  FunctionAnalysisManager functions;
  CGSCCAnalysisManager callGraph;
  ModuleAnalysisManager modules;
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(callGraph);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, callGraph, modules);
  builder.buildPerModuleDefaultPipeline(levelOf(level)).run(module, modules);
}

Expected<std::unique_ptr<Module>>
coppice::translateToLLVMIR(mlir::ModuleOp module, LLVMContext &context,
                           const CodegenOptions &options,
                           std::unique_ptr<TargetMachine> &machine) {
  mlir::FailureOr<TargetRecord> record = TargetRecord::get(module);
  if (failed(record))
    return makeError("the module's target cannot be read");
  if (record->triple.empty())
    return makeError("the module names no target; run --target-attach");
  Expected<std::unique_ptr<TargetMachine>> created =
      createMachine(*record, options.optLevel);
  if (!created)
    return created.takeError();
  machine = std::move(*created);

  mlir::registerBuiltinDialectTranslation(*module.getContext());
  mlir::registerLLVMDialectTranslation(*module.getContext());
  mlir::OwningOpRef<mlir::ModuleOp> code(module.clone());
  stripDescription(*code);
  std::unique_ptr<Module> ir =
      mlir::translateModuleToLLVMIR(*code, context, "coppice");
  if (!ir)
    return makeError("the module cannot be translated to LLVM IR");
  ir->setDataLayout(machine->createDataLayout());
  ir->setTargetTriple(machine->getTargetTriple());
  // Prefer the widest registers, because tiles are shaped for them.
  for (Function &function : *ir)
    if (!function.isDeclaration()) {
      function.addFnAttr("target-cpu", machine->getTargetCPU());
      function.addFnAttr("target-features", machine->getTargetFeatureString());
      if (machine->getTargetTriple().isX86())
        function.addFnAttr("prefer-vector-width",
                           std::to_string(record->vectorBits));
    }
  optimize(*ir, *machine, options.optLevel);
  moveBFloat16AsBits(*ir);
  return ir;
}

Expected<SmallVector<char, 0>> coppice::emitModule(Module &module,
                                                   TargetMachine &machine,
                                                   CodegenOutput output) {
  SmallVector<char, 0> bytes;
  raw_svector_ostream stream(bytes);
  if (output == CodegenOutput::LLVMIR) {
    module.print(stream, nullptr);
    return bytes;
  }
  legacy::PassManager passes;
  if (machine.addPassesToEmitFile(passes, stream, nullptr,
                                  output == CodegenOutput::Assembly
                                      ? CodeGenFileType::AssemblyFile
                                      : CodeGenFileType::ObjectFile))
    return makeError("target '" + machine.getTargetTriple().str() +
                     "' cannot write this kind of file");
  passes.run(module);
  return bytes;
}

Expected<SmallVector<char, 0>>
coppice::emitCode(mlir::ModuleOp module, CodegenOutput output,
                  const CodegenOptions &options) {
  LLVMContext context;
  std::unique_ptr<TargetMachine> machine;
  Expected<std::unique_ptr<Module>> ir =
      translateToLLVMIR(module, context, options, machine);
  if (!ir)
    return ir.takeError();
  return emitModule(**ir, *machine, output);
}

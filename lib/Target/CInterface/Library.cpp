//===- Library.cpp - OUT.a with the runtime inside --------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "coppice/CInterface.h"
#include "coppice/Target.h"

#include "lib/Target/CInterface/FlashObject.inc"
#include "lib/Target/CInterface/Passes.h"
#include "llvm/Object/Archive.h"
#include "llvm/Object/ArchiveWriter.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/Triple.h"

namespace coppice {
#define GEN_PASS_REGISTRATION
#include "lib/Target/CInterface/Passes.h.inc"
} // namespace coppice

using namespace mlir;
using namespace coppice;

FailureOr<CLibrary> coppice::buildLibrary(ModuleOp module, StringRef object) {
  FailureOr<CInterface> interface = CInterface::get(module);
  FailureOr<TargetRecord> record = TargetRecord::get(module);
  if (failed(interface) || failed(record))
    return failure();
  SmallVector<llvm::NewArchiveMember> members;
  std::string objectName = interface->prefix + ".o";
  members.emplace_back(llvm::MemoryBufferRef(object, objectName));
  if (interface->stateBytes > 0) {
    llvm::Triple target(record->triple),
        host(llvm::sys::getDefaultTargetTriple());
    if (target.getArch() != host.getArch() || target.getOS() != host.getOS())
      return module.emitError("the runtime is not built for ")
             << record->triple << ", only for " << host.str()
             << "; a library with inference alone does not need it";
    StringRef runtime(reinterpret_cast<const char *>(kFlashObject),
                      sizeof kFlashObject);
    members.emplace_back(llvm::MemoryBufferRef(runtime, "coppice-flash.o"));
  }
  auto archive = llvm::writeArchiveToBuffer(
      members, llvm::SymtabWritingMode::NormalSymtab,
      members.front().detectKindFromObject(), /*Deterministic=*/true,
      /*Thin=*/false);
  if (!archive)
    return module.emitError("cannot write the archive: ")
           << llvm::toString(archive.takeError());
  return CLibrary{std::move(*archive), printCHeader(*interface),
                  printCDescription(*interface, *record)};
}

void coppice::registerCInterfacePasses() { registerCInterfacePassesPasses(); }

//===- Commands.h - The subcommands of coppice -*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_TOOLS_COPPICE_COMMANDS_H
#define COPPICE_TOOLS_COPPICE_COMMANDS_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"

namespace coppice::tool {

/// The arguments behind the subcommand's name.
using Arguments = llvm::ArrayRef<const char *>;

llvm::Error bench(Arguments arguments);
llvm::Error compile(Arguments arguments);
llvm::Error eval(Arguments arguments);
llvm::Error gradcheck(Arguments arguments);
llvm::Error quantcheck(Arguments arguments);
llvm::Error quantize(Arguments arguments);
llvm::Error report(Arguments arguments);
llvm::Error run(Arguments arguments);
llvm::Error targets(Arguments arguments);
llvm::Error train(Arguments arguments);

} // namespace coppice::tool

#endif // COPPICE_TOOLS_COPPICE_COMMANDS_H

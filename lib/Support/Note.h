//===- Note.h - Notes for the user ------------------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_SUPPORT_NOTE_H
#define COPPICE_LIB_SUPPORT_NOTE_H

#include "mlir/IR/Diagnostics.h"

namespace coppice {

/// Emits a diagnostic that is neither error nor warning: a decision that the
/// user may want to change. The commands print it.
inline mlir::InFlightDiagnostic emitNote(mlir::Location loc) {
  return loc.getContext()->getDiagEngine().emit(loc,
                                                mlir::DiagnosticSeverity::Note);
}

} // namespace coppice

#endif // COPPICE_LIB_SUPPORT_NOTE_H

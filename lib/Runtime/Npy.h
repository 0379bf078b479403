//===- Npy.h - NumPy's file format -*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_RUNTIME_NPY_H
#define COPPICE_LIB_RUNTIME_NPY_H

#include "lib/Runtime/HostTensor.h"

namespace coppice::runtime {

/// Reads a .npy file, formats 1.0 to 3.0: integers, booleans and floats,
/// little-endian, C order. Other types that NumPy can store are refused by
/// name.
llvm::Expected<HostTensor> readNpy(llvm::StringRef path);

/// Writes format 1.0. NumPy lacks bfloat16, which is widened to float32.
llvm::Error writeNpy(llvm::StringRef path, const HostTensor &tensor);

} // namespace coppice::runtime

#endif // COPPICE_LIB_RUNTIME_NPY_H

//===- coppice-opt.cpp - mlir-opt with Coppice's dialects -------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "coppice/InitAll.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  coppice::registerAllDialects(registry);
  coppice::registerAllPasses();
  coppice::registerMLIRFlags();
  return mlir::asMainReturnCode(
      mlir::MlirOptMain(argc, argv, "Coppice optimizer driver\n", registry));
}

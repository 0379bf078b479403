//===- TrainDialect.td - The train dialect -----------------*- tablegen -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_TRAIN_IR_TRAINDIALECT_TD
#define COPPICE_DIALECTS_TRAIN_IR_TRAINDIALECT_TD

include "mlir/IR/OpBase.td"

def Train_Dialect : Dialect {
  let name = "train";
  let cppNamespace = "::coppice::train";
  let summary = "Parameters, gradients and optimizer steps";
  let description = [{
    Parameters are symbols of the module; inference, evaluation and any number
    of training steps are functions over them. A gradient is a *request* until
    `--train-autodiff` expands it, and an update is a pure function of values
    until `--train-bind-state` decides what lives in the state buffer.
  }];
  let dependentDialects = ["::coppice::CoppiceDialect", "::coppice::lowp::LowPDialect"];
  let useDefaultAttributePrinterParser = 1;
  let hasOperationAttrVerify = 1;
}

#endif // COPPICE_DIALECTS_TRAIN_IR_TRAINDIALECT_TD

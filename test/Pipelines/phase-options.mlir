// The phases' pipelines take options, report unknown ones, and report when a
// phase has nothing to do.
// RUN: coppice-opt %s --coppice-phase-train=step=true 2>&1 | FileCheck %s --check-prefix=STEP
// STEP-NOT: remark
// STEP: func.func @train
// STEP: train.write {{.*}}@w
// RUN: coppice-opt %s --coppice-phase-train='step-options={loss=mse optimizer=adam} update=full freeze=b' | FileCheck %s --check-prefix=ADAM
// ADAM: func.func @train
// ADAM-NOT: train.write {{.*}}@b
// ADAM: train.write {{.*}}@w.first_moment
// RUN: coppice-opt %s --coppice-phase-train='gradients=true gradients-options={loss=mse}' | FileCheck %s --check-prefix=GRADIENTS
// GRADIENTS: func.func @gradients
// RUN: coppice-opt %s --coppice-phase-graph=target=x86-64-v3 --coppice-phase-quant=verify-integer-only=false | FileCheck %s --check-prefix=GRAPH
// GRAPH: "name" = "x86-64-v3"

// RUN: coppice-opt %s --coppice-phase-train 2>&1 | FileCheck %s --check-prefix=IDLE
// IDLE: remark: phase train builds no step: nothing in the module asks for gradients; add step=true or gradients=true
// IDLE: func.func @infer
// RUN: coppice-opt %s --coppice-phase-import 2>&1 | FileCheck %s --check-prefix=IMPORT
// IMPORT: remark: phase import changes nothing: a front end builds the module; its contract is checked
// A requested step is built without a remark.
// RUN: coppice-opt %s --train-build-step --coppice-phase-train 2>&1 | FileCheck %s --check-prefix=STEP
// RUN: not coppice-opt %s --coppice-note-idle-phase=phase=trian 2>&1 | FileCheck %s --check-prefix=NAME
// NAME: error: no phase is named 'trian'

// RUN: not coppice-opt %s --coppice-phase-train=stpe=true 2>&1 | FileCheck %s --check-prefix=UNKNOWN
// UNKNOWN: no such option stpe
// RUN: not coppice-opt %s --coppice-phase-train=step-options={los=mse} 2>&1 | FileCheck %s --check-prefix=INNER
// INNER: no such option los
// RUN: not coppice-opt %s --coppice-phase-schedule=x=1 2>&1 | FileCheck %s --check-prefix=NONE
// RUN: not coppice-opt %s --coppice-bufferize=x=1 2>&1 | FileCheck %s --check-prefix=NONE
// RUN: not coppice-opt %s --coppice-to-llvm=x=1 2>&1 | FileCheck %s --check-prefix=NONE
// NONE: no such option x
train.parameter @w : tensor<4x3xf32> = dense<0.5> : tensor<4x3xf32> {external_name = "w"}
train.parameter @b : tensor<3xf32> = dense<0.5> : tensor<3xf32> {external_name = "b"}
func.func @infer(%x: tensor<2x4xf32>) -> tensor<2x3xf32> {
  %w = train.read @w : tensor<4x3xf32>
  %b = train.read @b : tensor<3xf32>
  %0 = nn.matmul %x, %w : (tensor<2x4xf32>, tensor<4x3xf32>) -> tensor<2x3xf32>
  %1 = nn.add %0, %b : tensor<2x3xf32>, tensor<3xf32>
  return %1 : tensor<2x3xf32>
}

// RUN: not coppice-opt %s --train-build-step=momentum=1.5 2>&1 | FileCheck %s --check-prefix=MOMENTUM
// RUN: not coppice-opt %s --train-build-step=momentum=nan 2>&1 | FileCheck %s --check-prefix=NAN
// RUN: not coppice-opt %s --train-build-step=nesterov=true 2>&1 | FileCheck %s --check-prefix=NESTEROV
// RUN: not coppice-opt %s --train-build-step=accumulate=0 2>&1 | FileCheck %s --check-prefix=ACC
// RUN: not coppice-opt %s --train-build-step=loss-scale=3 2>&1 | FileCheck %s --check-prefix=SCALE
// RUN: not coppice-opt %s --train-build-step=output=1 2>&1 | FileCheck %s --check-prefix=OUTPUT

// MOMENTUM: error: train-build-step: momentum=1.5{{.*}} must be in [0, 1)
// NAN: error: train-build-step: momentum=nan must be in [0, 1)
// NESTEROV: error: train-build-step: nesterov needs a momentum; add momentum=0.9
// ACC: error: train-build-step: accumulate=0{{.*}} must be at least 1
// SCALE: error: train-build-step: loss-scale=3{{.*}} must be a power of two from 2^-64 to 2^63
// OUTPUT: error: 'func.func' op has 1 results, so output=1 names none
func.func @infer(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  return %x : tensor<2x3xf32>
}

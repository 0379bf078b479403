// RUN: coppice-opt %s --lowp-set-requantize=mode=tflite --lowp-verify-integer-only --split-input-file
// RUN: not coppice-opt %s --lowp-verify-integer-only --split-input-file -o /dev/null 2>&1 | FileCheck %s --check-prefix=EXACT
// RUN: not coppice-opt %s --lowp-set-requantize=mode=tflite --lowp-verify-integer-only=trained --split-input-file -o /dev/null 2>&1 | FileCheck %s --check-prefix=TRAINED

!x = !quant.uniform<i8:f32, 0.5:-10>

// Layers that rescale by integers are accepted.
// EXACT: error: is not integer-only: 1 layer rescales in double precision
func.func @infer(%a: tensor<1x4x!x>, %b: tensor<4x2x!x>) -> tensor<1x2x!x> {
  %0 = nn.matmul %a, %b : (tensor<1x4x!x>, tensor<4x2x!x>) -> tensor<1x2x!x>
  return %0 : tensor<1x2x!x>
}

// -----

!x = !quant.uniform<i8:f32, 0.5:-10>

train.parameter @gamma : tensor<2xf32> = dense<[1.0, 0.5]> : tensor<2xf32>

// A layer norm absorbs a frozen scale, and rescales like any layer.
// EXACT: error: is not integer-only: 1 layer rescales in double precision
// EXACT: note: nn.normalize: rescales in double precision
// TRAINED: error: is not integer-only: {{.*}} ops compute with floats
// TRAINED: note: nn.mul: part of a layer norm: its scale or shift may be trained, and integers can replace frozen values only
func.func @infer(%q: tensor<3x2x!x>) -> tensor<3x2x!x> {
  %x = lowp.dequantize %q : tensor<3x2x!x> -> tensor<3x2xf32>
  %n, %m, %v = nn.normalize %x {axes = array<i64: 1>, epsilon = 1.0e-5} : (tensor<3x2xf32>) -> (tensor<3x2xf32>, tensor<3x1xf32>, tensor<3x1xf32>)
  %gamma = train.read @gamma : tensor<2xf32>
  %s = nn.mul %n, %gamma : tensor<3x2xf32>, tensor<2xf32>
  %r = lowp.quantize %s : tensor<3x2xf32> -> tensor<3x2x!x>
  return %r : tensor<3x2x!x>
}

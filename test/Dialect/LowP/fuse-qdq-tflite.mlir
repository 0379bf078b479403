// A layer that TensorFlow Lite's integers cannot compute stays float and is
// named. An op on codes that they cannot compute is an error.
// RUN: coppice-opt %s --split-input-file --lowp-fuse-qdq | FileCheck %s
// RUN: not coppice-opt %s --split-input-file --lowp-fuse-qdq --lowp-verify-integer-only -o /dev/null 2>&1 | FileCheck %s --check-prefix=VERIFY
// RUN: not coppice-opt %s --split-input-file --convert-nn-to-linalg -o /dev/null 2>&1 | FileCheck %s --check-prefix=CONVERT

!x = !quant.uniform<i8:f32, 0.5:-10>
!s = !quant.uniform<i16:f32, 0.5>

module attributes {lowp.requantize = "tflite"} {
  // CHECK-LABEL: @infer
  // CHECK: nn.div {{.*}} : tensor<4xf32>
  // CHECK: nn.tanh {{.*}} : tensor<4xf32>
  // VERIFY: error: is not integer-only: {{.*}} ops compute with floats
  // VERIFY: note: nn.div: its function is a table of 256 codes, and it reads more than a byte
  // VERIFY: note: nn.tanh: its function is a table of 256 codes, and it reads more than a byte
  func.func @infer(%x: tensor<4x!x>, %y: tensor<4x!x>, %z: tensor<4x!s>) -> (tensor<4x!x>, tensor<4x!x>) {
    %0 = lowp.dequantize %x : tensor<4x!x> -> tensor<4xf32>
    %1 = lowp.dequantize %y : tensor<4x!x> -> tensor<4xf32>
    %2 = nn.div %0, %1 : tensor<4xf32>, tensor<4xf32>
    %3 = lowp.quantize %2 : tensor<4xf32> -> tensor<4x!x>
    %4 = lowp.dequantize %z : tensor<4x!s> -> tensor<4xf32>
    %5 = nn.tanh %4 : tensor<4xf32>
    %6 = lowp.quantize %5 : tensor<4xf32> -> tensor<4x!x>
    return %3, %6 : tensor<4x!x>, tensor<4x!x>
  }
}

// -----

!x = !quant.uniform<i8:f32, 0.5:-10>

module attributes {lowp.requantize = "tflite"} {
  func.func @infer(%x: tensor<4x!x>, %y: tensor<4x!x>) -> tensor<4x!x> {
    // CONVERT: error: 'nn.div' op cannot run on integers alone: its function is a table of 256 codes, and it reads more than a byte; exact arithmetic does (--requant=exact)
    %0 = nn.div %x, %y : tensor<4x!x>, tensor<4x!x> -> tensor<4x!x>
    return %0 : tensor<4x!x>
  }
}

// -----

!x = !quant.uniform<i8:f32, 0.5:-10>
!w = !quant.uniform<i8:f32, 0.25>
!b = !quant.uniform<i32:f32, 0.5>

// A bias that is not at the products' scale stays an addition of floats; the
// products stay on codes.
module attributes {lowp.requantize = "tflite"} {
  // CHECK-LABEL: @bias_scale
  // CHECK: nn.matmul {{.*}} : (tensor<2x4x!{{.*}}>, tensor<4x3x!{{.*}}>) -> tensor<2x3x!quant
  // CHECK: nn.add {{.*}} : tensor<2x3xf32>, tensor<3xf32>
  func.func @bias_scale(%x: tensor<2x4x!x>, %w: tensor<4x3x!w>, %b: tensor<3x!b>) -> tensor<2x3x!x> {
    %0 = lowp.dequantize %x : tensor<2x4x!x> -> tensor<2x4xf32>
    %1 = lowp.dequantize %w : tensor<4x3x!w> -> tensor<4x3xf32>
    %2 = lowp.dequantize %b : tensor<3x!b> -> tensor<3xf32>
    %3 = nn.matmul %0, %1 : (tensor<2x4xf32>, tensor<4x3xf32>) -> tensor<2x3xf32>
    %4 = nn.add %3, %2 : tensor<2x3xf32>, tensor<3xf32>
    %5 = lowp.quantize %4 : tensor<2x3xf32> -> tensor<2x3x!x>
    return %5 : tensor<2x3x!x>
  }
}

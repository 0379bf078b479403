// RUN: coppice-opt %s --convert-nn-to-linalg --verify-diagnostics --split-input-file

!x = !quant.uniform<i8:f32, 0.5:-128>
!w = !quant.uniform<i8:f32, 0.5>
!y = !quant.uniform<i8:f32, 1.0>
func.func @sum_leaves_32_bits(%x: tensor<1x70000x!x>, %w: tensor<70000x4x!w>) -> tensor<1x4x!y> {
  // expected-error@+1 {{sums 70000 products of codes of 8 and 8 bits, which may leave 32 bits}}
  %y = nn.matmul %x, %w : (tensor<1x70000x!x>, tensor<70000x4x!w>) -> tensor<1x4x!y>
  return %y : tensor<1x4x!y>
}

// -----

// expected-error@+1 {{has lowp.requantize = "gemmlowp"; expected "exact" or "tflite"}}
module attributes {lowp.requantize = "gemmlowp"} {
}

// -----

!x = !quant.uniform<i8:f32, 0.5>
!b = !quant.uniform<i32:f32, 0.5>
module attributes {lowp.requantize = "tflite"} {
  func.func @bias_scale(%x: tensor<2x3x!x>, %w: tensor<3x4x!x>, %b: tensor<4x!b>) -> tensor<2x4x!x> {
    // expected-error@+1 {{cannot run on integers alone: it adds a bias of scale 5.000000e-01 to products of scale 2.500000e-01 in channel 0, as TensorFlow Lite never does; exact arithmetic does (--requant=exact)}}
    %y = nn.matmul %x, %w, %b : (tensor<2x3x!x>, tensor<3x4x!x>, tensor<4x!b>) -> tensor<2x4x!x>
    return %y : tensor<2x4x!x>
  }
}

// -----

// Sums that are codes already have the scale of the products.
!x = !quant.uniform<i8:f32, 0.5>
!s = !quant.uniform<i32:f32, 0.3:1>
module attributes {lowp.requantize = "tflite"} {
  func.func @sums_at_another_scale(%x: tensor<2x3x!x>, %w: tensor<3x4x!x>) -> tensor<2x4x!s> {
    // expected-error@+1 {{cannot run on integers alone: its result has more than 16 bits and is not the sum itself}}
    %y = nn.matmul %x, %w : (tensor<2x3x!x>, tensor<3x4x!x>) -> tensor<2x4x!s>
    return %y : tensor<2x4x!s>
  }
}

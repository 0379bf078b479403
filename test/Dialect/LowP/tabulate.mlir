// RUN: coppice-opt %s --lowp-tabulate | FileCheck %s
// RUN: coppice-opt %s --lowp-tabulate | coppice-run -
// RUN: coppice-run %s

!x = !quant.uniform<i8:f32, 0.05:-9>
!u = !quant.uniform<u8:f32, 0.05:119>
!y = !quant.uniform<i8:f32, 0.04:-20>

// A GELU as files write it gives the codes of the op, and is one look-up.
// CHECK-LABEL: @gelu
// CHECK: %[[BITS:.*]] = quant.scast %{{.*}} to tensor<17xi8>
// CHECK: arith.constant dense<{{.*}}> : tensor<256xi8>
// CHECK: nn.gather %{{.*}}, %[[BITS]] {axis = 0 : i64} : (tensor<256x!quant.uniform<i8:f32, {{.*}}>>, tensor<17xi8>)
// CHECK-NOT: nn.erf
// CHECK: check.expect_eq
func.func @gelu() {
  %codes = arith.constant dense<[-128, -70, -69, -68, -40, -10, -9, -8, -1, 0, 1, 20, 50, 51, 52, 90, 127]> : tensor<17xi8>
  %q = quant.scast %codes : tensor<17xi8> to tensor<17x!x>
  %x = lowp.dequantize %q : tensor<17x!x> -> tensor<17xf32>
  %root = arith.constant dense<1.4142135623730951> : tensor<f32>
  %one = arith.constant dense<1.0> : tensor<f32>
  %half = arith.constant dense<0.5> : tensor<f32>
  %0 = nn.div %x, %root : tensor<17xf32>, tensor<f32>
  %1 = nn.erf %0 : tensor<17xf32>
  %2 = nn.add %1, %one : tensor<17xf32>, tensor<f32>
  %3 = nn.mul %x, %2 : tensor<17xf32>, tensor<17xf32>
  %4 = nn.mul %3, %half : tensor<17xf32>, tensor<f32>
  %5 = lowp.quantize %4 : tensor<17xf32> -> tensor<17x!y>
  %composed = quant.scast %5 : tensor<17x!y> to tensor<17xi8>
  %6 = nn.gelu %q : tensor<17x!x> -> tensor<17x!y>
  %one_op = quant.scast %6 : tensor<17x!y> to tensor<17xi8>
  check.expect_eq %composed, %one_op : tensor<17xi8>
  return
}

// Bytes without a sign are looked up by their bits too.
// CHECK-LABEL: @unsigned
// CHECK: nn.gather
func.func @unsigned() {
  %codes = arith.constant dense<[0, 60, 119, -128, -56, -1]> : tensor<6xi8>
  %q = quant.scast %codes : tensor<6xi8> to tensor<6x!u>
  %x = lowp.dequantize %q : tensor<6x!u> -> tensor<6xf32>
  %0 = nn.sigmoid %x : tensor<6xf32>
  %1 = nn.mul %x, %0 : tensor<6xf32>, tensor<6xf32>
  %2 = lowp.quantize %1 : tensor<6xf32> -> tensor<6x!y>
  %composed = quant.scast %2 : tensor<6x!y> to tensor<6xi8>
  %3 = nn.silu %q : tensor<6x!u> -> tensor<6x!y>
  %one_op = quant.scast %3 : tensor<6x!y> to tensor<6xi8>
  check.expect_eq %composed, %one_op : tensor<6xi8>
  return
}

// A function of two tensors is not a table. A value that another op reads
// stays.
// CHECK-LABEL: @more
// CHECK: nn.tanh
// CHECK: nn.gather
// CHECK: lowp.quantize
func.func @more(%a: tensor<4x!x>, %b: tensor<4x!x>) -> (tensor<4x!y>, tensor<4x!y>, tensor<4xf32>) {
  %0 = lowp.dequantize %a : tensor<4x!x> -> tensor<4xf32>
  %1 = lowp.dequantize %b : tensor<4x!x> -> tensor<4xf32>
  %2 = nn.tanh %0 : tensor<4xf32>
  %3 = nn.mul %2, %1 : tensor<4xf32>, tensor<4xf32>
  %4 = nn.mul %2, %0 : tensor<4xf32>, tensor<4xf32>
  %5 = lowp.quantize %4 : tensor<4xf32> -> tensor<4x!y>
  %6 = lowp.quantize %3 : tensor<4xf32> -> tensor<4x!y>
  return %5, %6, %2 : tensor<4x!y>, tensor<4x!y>, tensor<4xf32>
}

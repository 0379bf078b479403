// RUN: coppice-opt %s --train-rebuild-weights --remarks-filter=format 2>&1 | FileCheck %s

train.parameter @t : tensor<1x1x1x2xf32> = dense<1.0> : tensor<1x1x1x2xf32>
train.parameter @f : tensor<1x1x3x2xf32> = dense<2.0> : tensor<1x1x3x2xf32>
train.parameter @q : tensor<4xi8> = dense<1> : tensor<4xi8> {quantized = !quant.uniform<i8:f32, 0.5>}

// CHECK-COUNT-1: remark: {{.*}}recompute{{.*}}the slices of the weight are joined again for each reader
// CHECK-NOT: remark

// CHECK-LABEL: @joined
// CHECK: %[[W:.*]] = nn.gather
// CHECK: train.saved #train.recompute %[[W]]
func.func @joined() -> tensor<1x1x4x2xf32> {
  %t = train.read @t : tensor<1x1x1x2xf32>
  %f = train.read @f : tensor<1x1x3x2xf32>
  %places = arith.constant dense<[1, 0, 2, 3]> : tensor<4xi64>
  %both = nn.concat %t, %f {axis = 2 : i64} : (tensor<1x1x1x2xf32>, tensor<1x1x3x2xf32>) -> tensor<1x1x4x2xf32>
  %w = nn.gather %both, %places {axis = 2 : i64} : (tensor<1x1x4x2xf32>, tensor<4xi64>) -> tensor<1x1x4x2xf32>
  %s = train.saved #train.keep %w : tensor<1x1x4x2xf32>
  return %s : tensor<1x1x4x2xf32>
}

// A computed value is held, a mask stays a mask, and the codes of a parameter
// take no bytes.
// CHECK-LABEL: @held
// CHECK-COUNT-2: train.saved #train.keep
// CHECK: train.saved #train.mask
func.func @held(%x: tensor<2xf32>, %y: tensor<2xf32>) -> (tensor<4xf32>, tensor<4xi8>, tensor<1xi8>) {
  %both = nn.concat %x, %y {axis = 0 : i64} : (tensor<2xf32>, tensor<2xf32>) -> tensor<4xf32>
  %a = train.saved #train.keep %both : tensor<4xf32>
  %q = train.read @q : tensor<4x!quant.uniform<i8:f32, 0.5>>
  %codes = quant.scast %q : tensor<4x!quant.uniform<i8:f32, 0.5>> to tensor<4xi8>
  %b = train.saved #train.keep %codes : tensor<4xi8>
  %c = train.saved #train.mask<low = 0.0> %both : tensor<4xf32>
  return %a, %b, %c : tensor<4xf32>, tensor<4xi8>, tensor<1xi8>
}

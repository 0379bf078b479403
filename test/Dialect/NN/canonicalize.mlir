// RUN: coppice-opt %s --canonicalize | FileCheck %s

// CHECK-LABEL: func @transposes_merge
// CHECK-NEXT: return %arg0
func.func @transposes_merge(%x: tensor<2x3x4x5xf32>) -> tensor<2x3x4x5xf32> {
  %0 = nn.transpose %x {permutation = array<i64: 0, 2, 3, 1>} : (tensor<2x3x4x5xf32>) -> tensor<2x4x5x3xf32>
  %1 = nn.transpose %0 {permutation = array<i64: 0, 3, 1, 2>} : (tensor<2x4x5x3xf32>) -> tensor<2x3x4x5xf32>
  return %1 : tensor<2x3x4x5xf32>
}

// A transpose that moves only unit axes moves no element.
// CHECK-LABEL: func @transpose_of_units
// CHECK-NEXT: nn.reshape %arg0 : tensor<1x64x1x1xf32> -> tensor<1x1x1x64xf32>
func.func @transpose_of_units(%x: tensor<1x64x1x1xf32>) -> tensor<1x1x1x64xf32> {
  %0 = nn.transpose %x {permutation = array<i64: 0, 2, 3, 1>} : (tensor<1x64x1x1xf32>) -> tensor<1x1x1x64xf32>
  return %0 : tensor<1x1x1x64xf32>
}

// CHECK-LABEL: func @reshapes_merge
// CHECK-NEXT: nn.reshape %arg0 : tensor<2x6xf32> -> tensor<12xf32>
func.func @reshapes_merge(%x: tensor<2x6xf32>) -> tensor<12xf32> {
  %0 = nn.reshape %x : tensor<2x6xf32> -> tensor<3x4xf32>
  %1 = nn.reshape %0 : tensor<3x4xf32> -> tensor<12xf32>
  return %1 : tensor<12xf32>
}

// Along axes of one element, softmax and normalization are elementwise. The
// difference of an element and itself keeps NaN and infinity from becoming 0.
// CHECK-LABEL: func @softmax_alone
// CHECK-NEXT: %[[D:.*]] = nn.sub %arg0, %arg0
// CHECK-NEXT: %[[P:.*]] = nn.exp %[[D]]
// CHECK-NEXT: %[[L:.*]] = nn.sub %arg0, %arg0
// CHECK-NEXT: return %[[P]], %[[L]]
func.func @softmax_alone(%x: tensor<4x1xf32>) -> (tensor<4x1xf32>, tensor<4x1xf32>) {
  %0 = nn.softmax %x {axis = 1 : i64} : tensor<4x1xf32>
  %1 = nn.log_softmax %x {axis = 1 : i64} : tensor<4x1xf32>
  return %0, %1 : tensor<4x1xf32>, tensor<4x1xf32>
}

// CHECK-LABEL: func @normalize_alone
// CHECK: %[[X:.*]] = nn.cast %arg0 : tensor<4x1xf16> to tensor<4x1xf32>
// CHECK: nn.sub %[[X]], %[[X]]
// CHECK: nn.rsqrt
// CHECK-NOT: nn.normalize
// CHECK: return %{{.*}}, %arg0
func.func @normalize_alone(%x: tensor<4x1xf16>) -> (tensor<4x1xf16>, tensor<4x1xf16>) {
  %0, %mean, %variance = nn.normalize %x {axes = array<i64: 1>, epsilon = 1.0e-5} : (tensor<4x1xf16>) -> (tensor<4x1xf16>, tensor<4x1xf16>, tensor<4x1xf16>)
  return %0, %mean : tensor<4x1xf16>, tensor<4x1xf16>
}

// A pooling of single elements is the identity.
// CHECK-LABEL: func @pool_of_one
// CHECK-NEXT: return %arg0, %arg0
func.func @pool_of_one(%x: tensor<1x4x4x2xf32>) -> (tensor<1x4x4x2xf32>, tensor<1x4x4x2xf32>) {
  %0 = nn.max_pool2d %x {kernel = array<i64: 1, 1>} : (tensor<1x4x4x2xf32>) -> tensor<1x4x4x2xf32>
  %1 = nn.avg_pool2d %x {kernel = array<i64: 1, 1>} : (tensor<1x4x4x2xf32>) -> tensor<1x4x4x2xf32>
  return %0, %1 : tensor<1x4x4x2xf32>, tensor<1x4x4x2xf32>
}

// Equal elements are their mean.
// CHECK-LABEL: func @normalize_splat
// CHECK-DAG: %[[Z:.*]] = arith.constant dense<0.000000e+00> : tensor<2x4xf32>
// CHECK-DAG: %[[M:.*]] = arith.constant dense<1.250000e+00> : tensor<2x1xf32>
// CHECK: return %[[Z]], %[[M]]
func.func @normalize_splat() -> (tensor<2x4xf32>, tensor<2x1xf32>) {
  %x = arith.constant dense<1.25> : tensor<2x4xf32>
  %0, %mean, %variance = nn.normalize %x {axes = array<i64: 1>, epsilon = 1.0e-5} : (tensor<2x4xf32>) -> (tensor<2x4xf32>, tensor<2x1xf32>, tensor<2x1xf32>)
  return %0, %mean : tensor<2x4xf32>, tensor<2x1xf32>
}

// The mean of no elements is no number.
// CHECK-LABEL: func @normalize_nothing
// CHECK: nn.normalize
func.func @normalize_nothing() -> tensor<2x1xf32> {
  %x = arith.constant dense<1.25> : tensor<2x0xf32>
  %0, %mean, %variance = nn.normalize %x {axes = array<i64: 1>, epsilon = 1.0e-5} : (tensor<2x0xf32>) -> (tensor<2x0xf32>, tensor<2x1xf32>, tensor<2x1xf32>)
  return %mean : tensor<2x1xf32>
}

// CHECK-LABEL: func @softmax_splat
// CHECK-DAG: %[[P:.*]] = arith.constant dense<2.500000e-01> : tensor<2x4xf32>
// CHECK-DAG: %[[L:.*]] = arith.constant dense<-1.38629436> : tensor<2x4xf32>
// CHECK: return %[[P]], %[[L]]
func.func @softmax_splat() -> (tensor<2x4xf32>, tensor<2x4xf32>) {
  %x = arith.constant dense<1.25> : tensor<2x4xf32>
  %0 = nn.softmax %x {axis = 1 : i64} : tensor<2x4xf32>
  %1 = nn.log_softmax %x {axis = 1 : i64} : tensor<2x4xf32>
  return %0, %1 : tensor<2x4xf32>, tensor<2x4xf32>
}

// CHECK-LABEL: func @softmax_of_two
// CHECK-NEXT: nn.softmax
func.func @softmax_of_two(%x: tensor<4x2xf32>) -> tensor<4x2xf32> {
  %0 = nn.softmax %x {axis = 1 : i64} : tensor<4x2xf32>
  return %0 : tensor<4x2xf32>
}

// A fold must not lose a broadcast.
// CHECK-LABEL: func @add_zero
// CHECK-NEXT: %[[C:.*]] = arith.constant
// CHECK-NEXT: %[[W:.*]] = nn.add %arg0, %[[C]]
// CHECK-NEXT: return %arg0, %[[W]]
func.func @add_zero(%x: tensor<3xf32>) -> (tensor<3xf32>, tensor<2x3xf32>) {
  %zero = arith.constant dense<0.0> : tensor<f32>
  %wide = arith.constant dense<0.0> : tensor<2x3xf32>
  %0 = nn.add %x, %zero : tensor<3xf32>, tensor<f32>
  %1 = nn.add %x, %wide : tensor<3xf32>, tensor<2x3xf32>
  return %0, %1 : tensor<3xf32>, tensor<2x3xf32>
}

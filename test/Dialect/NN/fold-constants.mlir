// RUN: coppice-opt %s --nn-fold-constants | FileCheck %s

// Every reader transposes @w: it is stored so, and the file's order is kept.
// CHECK: train.parameter @w : tensor<3x2xf32> = dense_resource<w{{.*}}> : tensor<3x2xf32> {external_name = "w", layout = array<i64: 1, 0>}
train.parameter @w : tensor<2x3xf32> = dense_resource<w> : tensor<2x3xf32> {external_name = "w"}
// CHECK: train.parameter @v : tensor<2x3xf32>
train.parameter @v : tensor<2x3xf32> = dense_resource<v> : tensor<2x3xf32> {external_name = "v"}

// An i1 takes a byte.
// CHECK: train.parameter @mask : tensor<3x2xi1> = dense_resource<mask{{.*}}> {{.*}}layout = array<i64: 1, 0>
// CHECK-LABEL: func @mask
train.parameter @mask : tensor<2x3xi1> = dense_resource<mask> : tensor<2x3xi1>
func.func @mask_transposed() -> tensor<3x2xi1> {
  %0 = train.read @mask : tensor<2x3xi1>
  %1 = nn.transpose %0 {permutation = array<i64: 1, 0>} : (tensor<2x3xi1>) -> tensor<3x2xi1>
  return %1 : tensor<3x2xi1>
}

// CHECK-LABEL: func @any
// CHECK-NEXT: arith.constant dense<true> : tensor<i1>
func.func @any() -> tensor<i1> {
  %0 = arith.constant dense<[false, true]> : tensor<2xi1>
  %1 = nn.reduce max %0 {axes = array<i64: 0>} : (tensor<2xi1>) -> tensor<i1>
  return %1 : tensor<i1>
}

// CHECK-LABEL: func @parameters
// CHECK: %[[W:.*]] = train.read @w : tensor<3x2xf32>
// CHECK: %[[V:.*]] = train.read @v : tensor<2x3xf32>
// CHECK: %[[T:.*]] = nn.transpose %[[V]]
// CHECK: return %[[W]], %[[T]], %[[V]]
func.func @parameters() -> (tensor<3x2xf32>, tensor<3x2xf32>, tensor<2x3xf32>) {
  %0 = train.read @w : tensor<2x3xf32>
  %1 = nn.transpose %0 {permutation = array<i64: 1, 0>} : (tensor<2x3xf32>) -> tensor<3x2xf32>
  %2 = train.read @v : tensor<2x3xf32>
  %3 = nn.transpose %2 {permutation = array<i64: 1, 0>} : (tensor<2x3xf32>) -> tensor<3x2xf32>
  return %1, %3, %2 : tensor<3x2xf32>, tensor<3x2xf32>, tensor<2x3xf32>
}

// CHECK-LABEL: func @arithmetic
// CHECK: arith.constant dense<{{\[}}[5.000000e+00, 3.000000e+00], [4.000000e+00, 2.000000e+00]]>
// CHECK-NEXT: return
func.func @arithmetic() -> tensor<2x2xf32> {
  %0 = arith.constant dense<[4.0, 9.0]> : tensor<2xf32>
  %1 = arith.constant dense<[[1.0], [2.0]]> : tensor<2x1xf32>
  %2 = nn.sqrt %0 : tensor<2xf32>
  %3 = nn.sub %2, %1 : tensor<2xf32>, tensor<2x1xf32>
  %4 = nn.transpose %3 {permutation = array<i64: 1, 0>} : (tensor<2x2xf32>) -> tensor<2x2xf32>
  %5 = nn.slice %4 {starts = array<i64: 1, 0>, strides = array<i64: -1, 1>} : (tensor<2x2xf32>) -> tensor<2x2xf32>
  %6 = arith.constant dense<[3.0, 2.0]> : tensor<2xf32>
  %7 = nn.add %5, %6 : tensor<2x2xf32>, tensor<2xf32>
  %8 = nn.transpose %7 {permutation = array<i64: 0, 1>} : (tensor<2x2xf32>) -> tensor<2x2xf32>
  return %8 : tensor<2x2xf32>
}

// CHECK-LABEL: func @integers
// CHECK: arith.constant dense<24> : tensor<2xi64>
func.func @integers() -> tensor<2xi64> {
  %0 = arith.constant dense<[2, 3, 4]> : tensor<3xi64>
  %1 = nn.reduce prod %0 {axes = array<i64: 0>, keepdims} : (tensor<3xi64>) -> tensor<1xi64>
  %2 = nn.concat %1, %1 {axis = 0 : i64} : (tensor<1xi64>, tensor<1xi64>) -> tensor<2xi64>
  return %2 : tensor<2xi64>
}

{-#
  dialect_resources: {
    builtin: {
      mask: "0x04000000010000010100",
      w: "0x040000000000803F0000004000004040000080400000A0400000C040",
      v: "0x040000000000803F0000004000004040000080400000A0400000C040"
    }
  }
#-}

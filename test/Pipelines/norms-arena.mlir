// The bytes that the schedule predicts for ops of several passes over their
// input equal those of the kernels' buffers. Only one number a row is stored
// beside input and result, and the result takes the input's place.
// RUN: coppice-opt %s --coppice-phase-graph --coppice-phase-schedule --coppice-phase-kernels --coppice-phase-plan | FileCheck %s

// A softmax over its input: 16,384 bytes, and the maximum or the sum of each row.
// CHECK-LABEL: func @softOver
// CHECK-SAME: plan.arena_bytes = 16640 : i64
// CHECK-SAME: live_bytes = 16640 : i64
func.func @softOver(%x: tensor<64x64xf32>, %i: tensor<4xi32>) -> tensor<4x64xf32> {
  %m = nn.matmul %x, %x : (tensor<64x64xf32>, tensor<64x64xf32>) -> tensor<64x64xf32>
  %a = nn.softmax %m {axis = 1 : i64} : tensor<64x64xf32>
  %c = nn.gather %a, %i {axis = 0 : i64} : (tensor<64x64xf32>, tensor<4xi32>) -> tensor<4x64xf32>
  return %c : tensor<4x64xf32>
}

// The product behind a softmax takes the place of the powers, not that of its
// other operand.
// CHECK-LABEL: func @softMul
// CHECK-SAME: plan.arena_bytes = 33024 : i64
// CHECK-SAME: live_bytes = 33024 : i64
func.func @softMul(%x: tensor<64x64xf32>, %y: tensor<64x64xf32>, %i: tensor<4xi32>) -> tensor<4x64xf32> {
  %m = nn.matmul %x, %x : (tensor<64x64xf32>, tensor<64x64xf32>) -> tensor<64x64xf32>
  %s = nn.matmul %y, %y : (tensor<64x64xf32>, tensor<64x64xf32>) -> tensor<64x64xf32>
  %a = nn.softmax %m {axis = 1 : i64} : tensor<64x64xf32>
  %b = nn.mul %a, %s : tensor<64x64xf32>, tensor<64x64xf32>
  %c = nn.gather %b, %i {axis = 0 : i64} : (tensor<64x64xf32>, tensor<4xi32>) -> tensor<4x64xf32>
  return %c : tensor<4x64xf32>
}

// Powers are f32: bf16 cannot hold them.
// CHECK-LABEL: func @softBf
// CHECK-SAME: plan.arena_bytes = 24832 : i64
// CHECK-SAME: live_bytes = 24832 : i64
func.func @softBf(%x: tensor<64x64xbf16>, %i: tensor<4xi32>) -> tensor<4x64xbf16> {
  %m = nn.matmul %x, %x : (tensor<64x64xbf16>, tensor<64x64xbf16>) -> tensor<64x64xbf16>
  %a = nn.softmax %m {axis = 1 : i64} : tensor<64x64xbf16>
  %c = nn.gather %a, %i {axis = 0 : i64} : (tensor<64x64xbf16>, tensor<4xi32>) -> tensor<4x64xbf16>
  return %c : tensor<4x64xbf16>
}

// A log-softmax reads its input three times and stores no powers.
// CHECK-LABEL: func @log
// CHECK-SAME: plan.arena_bytes = 16896 : i64
// CHECK-SAME: live_bytes = 16896 : i64
func.func @log(%x: tensor<64x64xf32>) -> tensor<64x64xf32> {
  %m = nn.matmul %x, %x : (tensor<64x64xf32>, tensor<64x64xf32>) -> tensor<64x64xf32>
  %a = nn.log_softmax %m {axis = 1 : i64} : tensor<64x64xf32>
  %c = nn.matmul %a, %x : (tensor<64x64xf32>, tensor<64x64xf32>) -> tensor<64x64xf32>
  return %c : tensor<64x64xf32>
}

// The squares of a variance are summed as they are computed.
// CHECK-LABEL: func @norm
// CHECK-SAME: plan.arena_bytes = 16896 : i64
// CHECK-SAME: live_bytes = 16896 : i64
func.func @norm(%x: tensor<64x64xf32>) -> tensor<64x64xf32> {
  %m = nn.matmul %x, %x : (tensor<64x64xf32>, tensor<64x64xf32>) -> tensor<64x64xf32>
  %a, %mean, %var = nn.normalize %m {axes = array<i64: 1>, epsilon = 1.0e-5} : (tensor<64x64xf32>) -> (tensor<64x64xf32>, tensor<64x1xf32>, tensor<64x1xf32>)
  %c = nn.matmul %a, %x : (tensor<64x64xf32>, tensor<64x64xf32>) -> tensor<64x64xf32>
  return %c : tensor<64x64xf32>
}

// So are the powers of a loss.
// CHECK-LABEL: func @entropy
// CHECK-SAME: plan.arena_bytes = 16896 : i64
// CHECK-SAME: live_bytes = 16896 : i64
func.func @entropy(%x: tensor<64x64xf32>, %l: tensor<64xi64>) -> tensor<f32> {
  %m = nn.matmul %x, %x : (tensor<64x64xf32>, tensor<64x64xf32>) -> tensor<64x64xf32>
  %a = nn.softmax_cross_entropy %m, %l : (tensor<64x64xf32>, tensor<64xi64>) -> tensor<f32>
  return %a : tensor<f32>
}

// And the products in the gradient of a softmax.
// CHECK-LABEL: func @softGrad
// CHECK-SAME: plan.arena_bytes = 33024 : i64
// CHECK-SAME: live_bytes = 33024 : i64
func.func @softGrad(%dy: tensor<64x64xf32>, %yy: tensor<64x64xf32>) -> tensor<64x64xf32> {
  %m = nn.matmul %dy, %dy : (tensor<64x64xf32>, tensor<64x64xf32>) -> tensor<64x64xf32>
  %y = nn.matmul %yy, %yy : (tensor<64x64xf32>, tensor<64x64xf32>) -> tensor<64x64xf32>
  %p = nn.mul %m, %y : tensor<64x64xf32>, tensor<64x64xf32>
  %s = nn.reduce sum %p {axes = array<i64: 1>, keepdims} : (tensor<64x64xf32>) -> tensor<64x1xf32>
  %d = nn.sub %m, %s : tensor<64x64xf32>, tensor<64x1xf32>
  %e = nn.mul %y, %d : tensor<64x64xf32>, tensor<64x64xf32>
  %c = nn.matmul %e, %dy : (tensor<64x64xf32>, tensor<64x64xf32>) -> tensor<64x64xf32>
  return %c : tensor<64x64xf32>
}

// The divided gradient of an average pool is written among the zeros at once.
// CHECK-LABEL: func @avgGrad2
// CHECK-SAME: plan.arena_bytes = 397312 : i64
// CHECK-SAME: live_bytes = 397312 : i64
func.func @avgGrad2(%x: tensor<1x4x4x1024xf32>) -> tensor<1x8x8x1024xf32> {
  %e = nn.exp %x : tensor<1x4x4x1024xf32>
  %a = nn.avg_pool2d_grad %e {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>} : (tensor<1x4x4x1024xf32>) -> tensor<1x8x8x1024xf32>
  return %a : tensor<1x8x8x1024xf32>
}

// Sums of codes stay in registers.
// CHECK-LABEL: func @avgCodes
// CHECK-SAME: plan.arena_bytes = 0 : i64
// CHECK-SAME: live_bytes = 0 : i64
func.func @avgCodes(%x: tensor<1x8x8x1024x!quant.uniform<i8:f32, 0.05:3>>) -> tensor<1x1x1x1024x!quant.uniform<i8:f32, 0.05:3>> {
  %a = nn.avg_pool2d %x {kernel = array<i64: 8, 8>} : (tensor<1x8x8x1024x!quant.uniform<i8:f32, 0.05:3>>) -> tensor<1x1x1x1024x!quant.uniform<i8:f32, 0.05:3>>
  return %a : tensor<1x1x1x1024x!quant.uniform<i8:f32, 0.05:3>>
}

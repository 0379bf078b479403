// RUN: coppice-opt %s --train-store-gradients --split-input-file | FileCheck %s

// A gradient that a kernel stores is narrow, one that it keeps in registers is
// not: the select reads the convolution's result from registers, and two ops
// read the select's result.
// CHECK-LABEL: func @bf16
// CHECK-NOT: train.saved
func.func @bf16(%dy: tensor<1x4x4x8xf32>, %w: tensor<3x3x8x8xf32>, %c: tensor<1x4x4x8xi1>, %x: tensor<1x4x4x8xf32>) -> (tensor<3x3x8x8xf32>, tensor<8xf32>) {
  %zero = arith.constant dense<0.0> : tensor<f32>
  // CHECK: %[[DX:.*]] = nn.conv2d_input_grad
  %dx = nn.conv2d_input_grad %dy, %w {pads = array<i64: 1, 1, 1, 1>} : (tensor<1x4x4x8xf32>, tensor<3x3x8x8xf32>) -> tensor<1x4x4x8xf32>
  %gx = train.saved #train.narrow<bf16> %dx : tensor<1x4x4x8xf32>
  // CHECK-NEXT: %[[DZ:.*]] = nn.where %{{.*}}, %[[DX]]
  // CHECK-NEXT: %[[N:.*]] = nn.cast %[[DZ]] : tensor<1x4x4x8xf32> to tensor<1x4x4x8xbf16>
  // CHECK-NEXT: %[[G:.*]] = nn.cast %[[N]] : tensor<1x4x4x8xbf16> to tensor<1x4x4x8xf32>
  %dz = nn.where %c, %gx, %zero : tensor<1x4x4x8xi1>, tensor<1x4x4x8xf32>, tensor<f32>
  %gz = train.saved #train.narrow<bf16> %dz : tensor<1x4x4x8xf32>
  // CHECK-NEXT: nn.conv2d_weight_grad %{{.*}}, %[[G]] {{.*}} -> tensor<3x3x8x8xf32>
  %dw = nn.conv2d_weight_grad %x, %gz {pads = array<i64: 1, 1, 1, 1>} : (tensor<1x4x4x8xf32>, tensor<1x4x4x8xf32>) -> tensor<3x3x8x8xf32>
  // CHECK-NEXT: nn.reduce sum %[[G]] {{.*}} -> tensor<8xf32>
  %db = nn.reduce sum %gz {axes = array<i64: 0, 1, 2>} : (tensor<1x4x4x8xf32>) -> tensor<8xf32>
  return %dw, %db : tensor<3x3x8x8xf32>, tensor<8xf32>
}

// -----

// An overflow of half precision saturates. Ops that move elements move the
// narrow ones.
// CHECK-LABEL: func @f16
func.func @f16(%x: tensor<2x8xf32>, %mask: tensor<2xi8>) -> (tensor<2x8xf32>, tensor<2x8xf32>) {
  %e = nn.softmax %x {axis = 1 : i64} : tensor<2x8xf32>
  %ge = train.saved #train.narrow<f16> %e : tensor<2x8xf32>
  // CHECK: %[[C:.*]] = nn.clip %{{.*}} {high = 6.550400e+04 : f64, low = -6.550400e+04 : f64}
  // CHECK-NEXT: %[[N:.*]] = nn.cast %[[C]] : tensor<2x8xf32> to tensor<2x8xf16>
  // CHECK: %[[S:.*]] = lowp.select_by_mask %[[N]], %{{.*}} : tensor<2x8xf16>, tensor<2xi8>
  // CHECK-NEXT: %[[G:.*]] = nn.cast %[[S]] : tensor<2x8xf16> to tensor<2x8xf32>
  %s = lowp.select_by_mask %ge, %mask : tensor<2x8xf32>, tensor<2xi8>
  // CHECK: nn.exp %[[G]]
  %0 = nn.exp %s : tensor<2x8xf32>
  %1 = nn.tanh %s : tensor<2x8xf32>
  return %0, %1 : tensor<2x8xf32>, tensor<2x8xf32>
}

// -----

// The seed is the parameter with the role of a count of calls, whatever its name,
// and every op that draws random numbers takes a stream.
train.parameter @updates : tensor<i64> = dense<0> : tensor<i64> {role = 3 : i32}
train.parameter @own : tensor<i64> = dense<0> : tensor<i64> {role = 6 : i32}
// CHECK-LABEL: func @calls
func.func @calls(%x: tensor<4x8xf32>, %seed: tensor<i64>) -> (tensor<4x8xf32>, tensor<4x8xf32>) {
  // CHECK: %[[SEED:.*]] = train.read @own
  // CHECK: lowp.encode stochastic %{{.*}}, %[[SEED]] {stream = 8 : i64}
  %n = train.read @updates : tensor<i64>
  %m = train.read @own : tensor<i64>
  %l = train.read @updates : tensor<i64>
  %d = nn.dropout %x, %seed {ratio = 0.5, stream = 7 : i64} : tensor<4x8xf32>, tensor<i64>
  %e = nn.softmax %d {axis = 1 : i64} : tensor<4x8xf32>
  %g = train.saved #train.narrow<i8> %e : tensor<4x8xf32>
  %0 = nn.exp %g : tensor<4x8xf32>
  %1 = nn.tanh %g : tensor<4x8xf32>
  return %0, %1 : tensor<4x8xf32>, tensor<4x8xf32>
}

// -----

// Codes have a scale for each channel, and draw from a stream of their own by
// the count of calls.
train.parameter @train.step : tensor<i64> = dense<0> : tensor<i64> {role = 3 : i32}
// CHECK-LABEL: func @int8
func.func @int8(%x: tensor<2x8xf32>, %seed: tensor<i64>, %y: tensor<1x8xf32>) -> (tensor<2x8xf32>, tensor<2x8xi8>, tensor<i64>) {
  // CHECK: %[[SEED:.*]] = train.read @train.step
  // CHECK: %[[Q:.*]], %[[SCALES:.*]] = lowp.encode stochastic %{{.*}}, %[[SEED]] {stream = 5 : i64} : tensor<2x8xf32>, tensor<i64> -> tensor<2x8xi8>, tensor<8xf32>
  // CHECK: %[[G:.*]] = lowp.decode %[[Q]], %[[SCALES]]
  // CHECK: nn.exp %[[G]]
  %e = nn.softmax %x {axis = 1 : i64} : tensor<2x8xf32>
  %ge = train.saved #train.narrow<i8> %e : tensor<2x8xf32>
  %0 = nn.exp %ge : tensor<2x8xf32>
  %1 = nn.tanh %ge : tensor<2x8xf32>
  %2 = nn.add %0, %1 : tensor<2x8xf32>, tensor<2x8xf32>
  // One row has as many scales as codes, and stays as it is.
  // CHECK: %[[ROW:.*]] = nn.softmax %arg2
  // CHECK-NEXT: nn.exp %[[ROW]]
  %row = nn.softmax %y {axis = 1 : i64} : tensor<1x8xf32>
  %grow = train.saved #train.narrow<i8> %row : tensor<1x8xf32>
  %3 = nn.exp %grow : tensor<1x8xf32>
  %4 = nn.tanh %grow : tensor<1x8xf32>
  %5 = nn.add %3, %4 : tensor<1x8xf32>, tensor<1x8xf32>
  %6 = nn.add %2, %5 : tensor<2x8xf32>, tensor<1x8xf32>
  %r = lowp.round stochastic %x, %seed {stream = 4 : i64} : tensor<2x8xf32>, tensor<i64> -> tensor<2x8xi8>
  %t = train.read @train.step : tensor<i64>
  return %6, %r, %t : tensor<2x8xf32>, tensor<2x8xi8>, tensor<i64>
}

// -----

// The gradient that an update reads keeps its bits.
// CHECK-LABEL: func @returned
func.func @returned(%x: tensor<2x8xf32>) -> (tensor<2x8xf32>, tensor<2x8xf32>) {
  // CHECK: %[[E:.*]] = nn.softmax
  // CHECK: %[[G:.*]] = nn.cast %{{.*}} : tensor<2x8xbf16> to tensor<2x8xf32>
  // CHECK: nn.exp %[[G]]
  // CHECK: return %[[E]]
  %e = nn.softmax %x {axis = 1 : i64} : tensor<2x8xf32>
  %ge = train.saved #train.narrow<bf16> %e : tensor<2x8xf32>
  %0 = nn.exp %ge : tensor<2x8xf32>
  return %e, %0 : tensor<2x8xf32>, tensor<2x8xf32>
}

// -----

// A gradient that is read from registers, or has too few rows, stays f32, and a
// remark says so.
// RUN: coppice-opt %s --train-store-gradients --split-input-file --remarks-filter=format -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK
// REMARK: gradient-format{{.*}}stays f32: its only reader takes it from registers
// REMARK: gradient-format{{.*}}stored as bf16
// REMARK: gradient-format{{.*}}stays f32: its scales would need the bytes that its codes save

// A forward value that is widened and moved is not a gradient.
// CHECK-LABEL: func @forward
func.func @forward(%x: tensor<2x8xbf16>) -> tensor<8x2xf32> {
  // CHECK: nn.transpose %{{.*}} : (tensor<2x8xf32>)
  %w = nn.cast %x : tensor<2x8xbf16> to tensor<2x8xf32>
  %t = nn.transpose %w {permutation = array<i64: 1, 0>} : (tensor<2x8xf32>) -> tensor<8x2xf32>
  return %t : tensor<8x2xf32>
}

// RUN: coppice-opt %s --plan-form-kernels --plan-store-borders | FileCheck %s

// The maker of an image writes the border that two convolutions reach; who
// reads none gets a view.
// CHECK-LABEL: func @shared
// CHECK: %[[R:.*]] = plan.kernel ins(%arg0 :
// CHECK: %[[IN:.*]] = nn.relu
// CHECK-NEXT: %[[PAD:.*]] = nn.pad %[[IN]] {high = array<i64: 0, 2, 2, 0>, low = array<i64: 0, 2, 2, 0>}
// CHECK-NEXT: plan.yield %[[PAD]] : tensor<1x12x12x2xf32>
// CHECK-DAG: %[[PART:.*]] = tensor.extract_slice %[[R]][0, 1, 1, 0] [1, 10, 10, 2]
// CHECK-DAG: %[[BARE:.*]] = tensor.extract_slice %[[R]][0, 2, 2, 0] [1, 8, 8, 2]
// CHECK: plan.kernel ins(%arg1, %[[PART]]
// CHECK: nn.conv2d
// CHECK-NOT: pads
// CHECK: plan.kernel ins(%arg2, %[[R]]
// CHECK: plan.kernel ins(%[[BARE]]
func.func @shared(%x: tensor<1x8x8x2xf32>, %w: tensor<3x3x2x2xf32>, %v: tensor<5x5x2x2xf32>) -> (tensor<1x8x8x2xf32>, tensor<1x8x8x2xf32>, tensor<f32>) {
  %r = nn.relu %x : tensor<1x8x8x2xf32>
  %a = nn.conv2d %r, %w {pads = array<i64: 1, 1, 1, 1>} : (tensor<1x8x8x2xf32>, tensor<3x3x2x2xf32>) -> tensor<1x8x8x2xf32>
  %b = nn.conv2d %r, %v {pads = array<i64: 2, 2, 2, 2>} : (tensor<1x8x8x2xf32>, tensor<5x5x2x2xf32>) -> tensor<1x8x8x2xf32>
  %s = nn.reduce sum %r {axes = array<i64: 0, 1, 2, 3>} : (tensor<1x8x8x2xf32>) -> tensor<f32>
  return %a, %b, %s : tensor<1x8x8x2xf32>, tensor<1x8x8x2xf32>, tensor<f32>
}

// An argument is copied by the kernel that reads it, and so is an image whose
// maker writes a border of other content.
// CHECK-LABEL: func @copied
// CHECK: plan.kernel ins(%arg0, %arg1 :
// CHECK: %[[PAD:.*]] = nn.pad %in0
// CHECK: nn.conv2d %[[PAD]], %in1 :
// CHECK: nn.pad
// CHECK: plan.yield {{.*}} : tensor<1x10x10x2xf32>
// CHECK: plan.kernel ins(
// CHECK: nn.pad %in0 {{.*}}value = 0xFFF0000000000000 : f64
// CHECK: nn.max_pool2d
func.func @copied(%x: tensor<1x8x8x2xf32>, %w: tensor<3x3x2x2xf32>) -> (tensor<1x8x8x2xf32>, tensor<1x4x4x2xf32>) {
  %a = nn.conv2d %x, %w {pads = array<i64: 1, 1, 1, 1>} : (tensor<1x8x8x2xf32>, tensor<3x3x2x2xf32>) -> tensor<1x8x8x2xf32>
  %b = nn.conv2d %a, %w {pads = array<i64: 1, 1, 1, 1>} : (tensor<1x8x8x2xf32>, tensor<3x3x2x2xf32>) -> tensor<1x8x8x2xf32>
  %p = nn.max_pool2d %a {kernel = array<i64: 3, 3>, strides = array<i64: 2, 2>, pads = array<i64: 1, 1, 1, 1>} : (tensor<1x8x8x2xf32>) -> tensor<1x4x4x2xf32>
  return %b, %p : tensor<1x8x8x2xf32>, tensor<1x4x4x2xf32>
}

// The zeros of a mean do not count.
// CHECK-LABEL: func @mean
// CHECK: nn.avg_pool2d {{.*}}border = array<i64: 1, 1, 1, 1>
func.func @mean(%x: tensor<1x8x8x2xf32>) -> tensor<1x8x8x2xf32> {
  %a = nn.relu %x : tensor<1x8x8x2xf32>
  %p = nn.avg_pool2d %a {kernel = array<i64: 3, 3>, pads = array<i64: 1, 1, 1, 1>} : (tensor<1x8x8x2xf32>) -> tensor<1x8x8x2xf32>
  return %p : tensor<1x8x8x2xf32>
}

// Of a gradient's rows, two rows of the input are apart.
// CHECK-LABEL: func @input_grad
// CHECK: nn.pad {{.*}}high = array<i64: 0, 1, 1, 0>, low = array<i64: 0, 0, 0, 0>
// CHECK: nn.conv2d_input_grad {{.*}}pads = array<i64: 1, 1, 3, 3>, strides = array<i64: 2, 2>
func.func @input_grad(%dy: tensor<1x4x4x2xf32>, %w: tensor<3x3x3x2xf32>) -> tensor<1x8x8x3xf32> {
  %a = nn.relu %dy : tensor<1x4x4x2xf32>
  %dx = nn.conv2d_input_grad %a, %w {strides = array<i64: 2, 2>, pads = array<i64: 1, 1, 1, 1>} : (tensor<1x4x4x2xf32>, tensor<3x3x3x2xf32>) -> tensor<1x8x8x3xf32>
  return %dx : tensor<1x8x8x3xf32>
}

// A gradient in a narrow format is stored in that format with its border; its
// reader converts and scales what it loads.
// CHECK-LABEL: func @scaled
// CHECK: nn.pad {{.*}} -> tensor<1x6x6x2xbf16>
// CHECK: plan.kernel
// CHECK: nn.cast %in1 : tensor<1x6x6x2xbf16> to tensor<1x6x6x2xf32>
// CHECK: nn.mul {{.*}} : tensor<1x6x6x2xf32>, tensor<1x1x1x2xf32>
// CHECK: nn.conv2d_input_grad {{.*}}tensor<1x6x6x2xf32>
func.func @scaled(%dy: tensor<1x4x4x2xbf16>, %w: tensor<3x3x3x2xf32>) -> tensor<1x4x4x3xf32> {
  %s = arith.constant dense<[[[[0.5, 2.0]]]]> : tensor<1x1x1x2xf32>
  %a = nn.relu %dy : tensor<1x4x4x2xbf16>
  %b = nn.cast %a : tensor<1x4x4x2xbf16> to tensor<1x4x4x2xf32>
  %c = nn.mul %b, %s : tensor<1x4x4x2xf32>, tensor<1x1x1x2xf32>
  %dx = nn.conv2d_input_grad %c, %w {pads = array<i64: 1, 1, 1, 1>} : (tensor<1x4x4x2xf32>, tensor<3x3x3x2xf32>) -> tensor<1x4x4x3xf32>
  return %dx : tensor<1x4x4x3xf32>
}

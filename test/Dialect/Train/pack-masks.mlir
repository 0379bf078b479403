// RUN: coppice-opt %s --train-autodiff --train-pack-masks --canonicalize --cse --split-input-file | FileCheck %s

// Only the bias is trained: the backward pass needs the signs of the
// rectifier's result.
// CHECK-LABEL: func @relu
func.func @relu(%x: tensor<2x5xf32>, %b: tensor<5xf32>, %w: tensor<5x3xf32>) -> tensor<5xf32> {
  %s = nn.add %x, %b : tensor<2x5xf32>, tensor<5xf32>
  // CHECK: %[[Y:.*]] = nn.relu
  // CHECK: %[[MASK:.*]] = train.saved #train.mask<low = 0.000000e+00> %[[Y]] : tensor<2x5xf32>
  // CHECK: lowp.select_by_mask %{{.*}}, %[[MASK]] : tensor<2x5xf32>, tensor<2xi8>
  // CHECK-NOT: nn.where
  %y = nn.relu %s : tensor<2x5xf32>
  %z = nn.matmul %y, %w : (tensor<2x5xf32>, tensor<5x3xf32>) -> tensor<2x3xf32>
  %loss = nn.reduce sum %z {axes = array<i64: 0, 1>} : (tensor<2x3xf32>) -> tensor<f32>
  %db = train.gradient %loss wrt %b : (tensor<f32>, tensor<5xf32>) -> tensor<5xf32>
  return %db : tensor<5xf32>
}

// -----

// ReLU6 has two ends, which belong to the range: the mask has the neighbours of
// 0, 6, 1 and 5. It is followed by one that is masked, too.
// CHECK-LABEL: func @relu6
func.func @relu6(%x: tensor<2x8xf32>, %b: tensor<8xf32>) -> tensor<8xf32> {
  %s = nn.add %x, %b : tensor<2x8xf32>, tensor<8xf32>
  // CHECK-DAG: train.saved #train.mask<low = -1.4012984643248171E-45, high = 6.0000004768371582>
  // CHECK-DAG: train.saved #train.mask<low = 0.99999994039535522, high = 5.0000004768371582>
  // CHECK-NOT: nn.where
  %y = nn.clip %s {low = 0.0, high = 6.0} : tensor<2x8xf32>
  %z = nn.clip %y {low = 1.0, high = 5.0} : tensor<2x8xf32>
  %loss = nn.reduce sum %z {axes = array<i64: 0, 1>} : (tensor<2x8xf32>) -> tensor<f32>
  %db = train.gradient %loss wrt %b : (tensor<f32>, tensor<8xf32>) -> tensor<8xf32>
  return %db : tensor<8xf32>
}

// -----

// The weight's gradient reads the result, so it is saved anyway. So is a result
// that is returned, and one that is read through a view.
// CHECK-LABEL: func @kept
// CHECK-NOT: #train.mask
// CHECK: return
func.func @kept(%x: tensor<2x5xf32>, %b: tensor<5xf32>, %w: tensor<5x3xf32>) -> (tensor<5xf32>, tensor<5x3xf32>, tensor<2x3xf32>) {
  %s = nn.add %x, %b : tensor<2x5xf32>, tensor<5xf32>
  %y = nn.relu %s : tensor<2x5xf32>
  %flat = nn.reshape %y : tensor<2x5xf32> -> tensor<1x2x5xf32>
  %z = nn.matmul %flat, %w : (tensor<1x2x5xf32>, tensor<5x3xf32>) -> tensor<1x2x3xf32>
  %u = nn.reshape %z : tensor<1x2x3xf32> -> tensor<2x3xf32>
  %v = nn.relu %u : tensor<2x3xf32>
  %loss = nn.reduce sum %v {axes = array<i64: 0, 1>} : (tensor<2x3xf32>) -> tensor<f32>
  %db, %dw = train.gradient %loss wrt %b, %w : (tensor<f32>, tensor<5xf32>, tensor<5x3xf32>) -> (tensor<5xf32>, tensor<5x3xf32>)
  return %db, %dw, %v : tensor<5xf32>, tensor<5x3xf32>, tensor<2x3xf32>
}

// -----

// The next gradient is read with a border, which takes a copy: one mask does
// not pay.
// CHECK-LABEL: func @border
// CHECK-NOT: #train.mask
// CHECK: nn.where
func.func @border(%x: tensor<1x4x4x2xf32>, %b: tensor<2xf32>, %w: tensor<3x3x2x2xf32>) -> tensor<2xf32> {
  %s = nn.add %x, %b : tensor<1x4x4x2xf32>, tensor<2xf32>
  %c = nn.conv2d %s, %w {pads = array<i64: 1, 1, 1, 1>} : (tensor<1x4x4x2xf32>, tensor<3x3x2x2xf32>) -> tensor<1x4x4x2xf32>
  %y = nn.relu %c : tensor<1x4x4x2xf32>
  %loss = nn.reduce sum %y {axes = array<i64: 0, 1, 2, 3>} : (tensor<1x4x4x2xf32>) -> tensor<f32>
  %db = train.gradient %loss wrt %b : (tensor<f32>, tensor<2xf32>) -> tensor<2xf32>
  return %db : tensor<2xf32>
}

// -----

// Decisions are remarks, with the reason why a value has no mask.
// RUN: coppice-opt %s --train-autodiff --train-pack-masks --split-input-file --remarks-filter=format -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK
// REMARK: mask{{.*}}one bit an element is held in place of 40 bytes
// REMARK: mask{{.*}}the gradient is read with a border, whose copy costs what the one mask saves

// A step names its approximations. hard-swish saves one bit an element.
// RUN: coppice-opt %s --lowp-split-clamps --train-autodiff --train-pack-masks --canonicalize --cse --split-input-file | FileCheck %s

// The bias alone is trained: the exact gradient would keep the input.
// CHECK-LABEL: func @float
// CHECK-SAME: -> (tensor<5xf32> {train.approximate_gradient}, tensor<3xf32>)
func.func @float(%x: tensor<2x5xf32>, %b: tensor<5xf32>, %w: tensor<5x3xf32>, %c: tensor<3xf32>) -> (tensor<5xf32>, tensor<3xf32>) attributes {train.approximate = ["hard-swish"]} {
  %s = nn.add %x, %b : tensor<2x5xf32>, tensor<5xf32>
  // CHECK: %[[Y:.*]] = nn.hard_swish
  // CHECK: %[[MASK:.*]] = train.saved #train.mask<low = 0.000000e+00> %[[Y]] : tensor<2x5xf32>
  // CHECK: %[[DX:.*]] = lowp.select_by_mask %{{.*}}, %[[MASK]]
  // CHECK: nn.reduce sum %[[DX]]
  %y = nn.hard_swish %s : tensor<2x5xf32>
  %z = nn.matmul %y, %w : (tensor<2x5xf32>, tensor<5x3xf32>) -> tensor<2x3xf32>
  %o = nn.add %z, %c : tensor<2x3xf32>, tensor<3xf32>
  %loss = nn.reduce sum %o {axes = array<i64: 0, 1>} : (tensor<2x3xf32>) -> tensor<f32>
  %db, %dc = train.gradient %loss wrt %b, %c : (tensor<f32>, tensor<5xf32>, tensor<3xf32>) -> (tensor<5xf32>, tensor<3xf32>)
  return %db, %dc : tensor<5xf32>, tensor<3xf32>
}

// -----

// The next weight keeps the result: it is compared, and no bit comes on top.
// CHECK-LABEL: func @kept
func.func @kept(%x: tensor<2x5xf32>, %b: tensor<5xf32>, %w: tensor<5x3xf32>) -> (tensor<5xf32>, tensor<5x3xf32>) attributes {train.approximate = ["hard-swish"]} {
  %s = nn.add %x, %b : tensor<2x5xf32>, tensor<5xf32>
  // CHECK: %[[Y:.*]] = nn.hard_swish
  // CHECK: %[[SAVED:.*]] = train.saved #train.keep %[[Y]]
  // CHECK-NOT: #train.mask
  // CHECK: nn.compare gt %[[SAVED]]
  %y = nn.hard_swish %s : tensor<2x5xf32>
  %z = nn.matmul %y, %w : (tensor<2x5xf32>, tensor<5x3xf32>) -> tensor<2x3xf32>
  %loss = nn.reduce sum %z {axes = array<i64: 0, 1>} : (tensor<2x3xf32>) -> tensor<f32>
  %db, %dw = train.gradient %loss wrt %b, %w : (tensor<f32>, tensor<5xf32>, tensor<5x3xf32>) -> (tensor<5xf32>, tensor<5x3xf32>)
  return %db, %dw : tensor<5xf32>, tensor<5x3xf32>
}

// -----

!q = !quant.uniform<i8:f32, 0.5>

// For codes, a bit instead of a byte is saved: whether they stand for more than
// 0.
// CHECK-LABEL: func @codes
func.func @codes(%x: tensor<2x8x!q>, %b: tensor<8x!q>) -> tensor<8xf32> attributes {train.approximate = ["hard-swish"]} {
  // CHECK: %[[S:.*]], %{{.*}} = lowp.clamp
  // CHECK: nn.hard_swish %[[S]]
  // CHECK: %[[MASK:.*]] = train.saved #train.mask<low = 0.000000e+00> %[[S]]
  // CHECK-NOT: %[[S]] :
  // CHECK: lowp.select_by_mask %{{.*}}, %[[MASK]] : tensor<2x8xf32>, tensor<2xi8>
  // CHECK-NOT: %[[S]] :
  // CHECK: return
  %s = nn.add %x, %b : tensor<2x8x!q>, tensor<8x!q>
  %y = nn.hard_swish %s : tensor<2x8x!q>
  %d = lowp.dequantize %y : tensor<2x8x!q> -> tensor<2x8xf32>
  %loss = nn.reduce sum %d {axes = array<i64: 0, 1>} : (tensor<2x8xf32>) -> tensor<f32>
  %db = train.gradient %loss wrt %b : (tensor<f32>, tensor<8x!q>) -> tensor<8xf32>
  return %db : tensor<8xf32>
}

// -----

// Not asked for: the exact gradient, and no mark.
// CHECK-LABEL: func @exact
// CHECK-SAME: -> tensor<2x5xf32> {
func.func @exact(%x: tensor<2x5xf32>) -> tensor<2x5xf32> {
  // CHECK: %[[X:.*]] = train.saved #train.keep %arg0
  // CHECK-NOT: #train.mask
  // CHECK: nn.compare le %[[X]]
  %y = nn.hard_swish %x : tensor<2x5xf32>
  %loss = nn.reduce sum %y {axes = array<i64: 0, 1>} : (tensor<2x5xf32>) -> tensor<f32>
  %dx = train.gradient %loss wrt %x : (tensor<f32>, tensor<2x5xf32>) -> tensor<2x5xf32>
  return %dx : tensor<2x5xf32>
}

// -----

// Older exporters wrote x hard_sigmoid(x); nothing flows through the gate.
// CHECK-LABEL: func @product
func.func @product(%x: tensor<2x5xf32>, %b: tensor<5xf32>) -> tensor<5xf32> attributes {train.approximate = ["hard-swish"]} {
  %s = nn.add %x, %b : tensor<2x5xf32>, tensor<5xf32>
  %gate = nn.hard_sigmoid %s {alpha = 0.1666666716337204, beta = 0.5} : tensor<2x5xf32>
  // CHECK: %[[Y:.*]] = nn.mul
  // CHECK: %[[MASK:.*]] = train.saved #train.mask<low = 0.000000e+00> %[[Y]]
  // CHECK: %[[DX:.*]] = lowp.select_by_mask %{{.*}}, %[[MASK]]
  // CHECK-NEXT: nn.reduce sum %[[DX]]
  %y = nn.mul %s, %gate : tensor<2x5xf32>, tensor<2x5xf32>
  %loss = nn.reduce sum %y {axes = array<i64: 0, 1>} : (tensor<2x5xf32>) -> tensor<f32>
  %db = train.gradient %loss wrt %b : (tensor<f32>, tensor<5xf32>) -> tensor<5xf32>
  return %db : tensor<5xf32>
}

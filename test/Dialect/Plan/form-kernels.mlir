// RUN: coppice-opt %s --plan-form-kernels | FileCheck %s

train.parameter @w : tensor<16x4xf32> = dense<1.0> : tensor<16x4xf32>

// A product, its bias and its activation are one kernel; the parameter's read
// stays outside, before it.
// CHECK-LABEL: func @layer
// CHECK: %[[W:.*]] = train.read @w
// CHECK-NEXT: %[[Y:.*]] = plan.kernel ins(%arg0, %[[W]], %arg1 : tensor<8x16xf32>, tensor<16x4xf32>, tensor<8x4xf32>) {
// CHECK-NEXT: ^bb0(%in0: tensor<8x16xf32>, %in1: tensor<16x4xf32>, %in2: tensor<8x4xf32>):
// CHECK-NEXT: nn.matmul %in0, %in1
// CHECK-NEXT: nn.add {{.*}}, %in2
// CHECK-NEXT: %[[R:.*]] = nn.relu
// CHECK-NEXT: plan.yield %[[R]] : tensor<8x4xf32>
// CHECK-NEXT: } -> tensor<8x4xf32>
// CHECK-NEXT: return %[[Y]]
func.func @layer(%x: tensor<8x16xf32>, %b: tensor<8x4xf32>) -> tensor<8x4xf32> {
  %w = train.read @w : tensor<16x4xf32>
  %0 = nn.matmul %x, %w : (tensor<8x16xf32>, tensor<16x4xf32>) -> tensor<8x4xf32>
  %1 = nn.add %0, %b : tensor<8x4xf32>, tensor<8x4xf32>
  %2 = nn.relu %1 : tensor<8x4xf32>
  return %2 : tensor<8x4xf32>
}

// A value with a reader outside is a second result. A view is in no kernel.
// CHECK-LABEL: func @two_results
// CHECK: %[[K:.*]]:2 = plan.kernel ins(%arg0, %arg1 :
// CHECK: plan.yield %{{.*}}, %{{.*}} : tensor<8x4xf32>, tensor<8x4xf32>
// CHECK-NEXT: } -> tensor<8x4xf32>, tensor<8x4xf32>
// CHECK-NEXT: %[[V:.*]] = nn.reshape %[[K]]#0
// CHECK-NEXT: return %[[K]]#1, %[[V]]
func.func @two_results(%x: tensor<8x16xf32>, %w: tensor<16x4xf32>) -> (tensor<8x4xf32>, tensor<32xf32>) {
  %0 = nn.matmul %x, %w : (tensor<8x16xf32>, tensor<16x4xf32>) -> tensor<8x4xf32>
  %1 = nn.relu %0 : tensor<8x4xf32>
  %2 = nn.reshape %0 : tensor<8x4xf32> -> tensor<32xf32>
  return %1, %2 : tensor<8x4xf32>, tensor<32xf32>
}

// An elementwise kernel may write over the operand of its type, but not over
// one that it also reads in another order.
// CHECK-LABEL: func @overwrites
// CHECK: nn.exp
// CHECK: } {may_overwrite = array<i64: 0, 0>} -> tensor<4x4xf32>
// CHECK: nn.transpose
// CHECK-NOT: may_overwrite
// CHECK: return
func.func @overwrites(%x: tensor<4x4xf32>) -> tensor<4x4xf32> {
  %0 = nn.exp %x : tensor<4x4xf32>
  %1 = nn.transpose %0 {permutation = array<i64: 1, 0>} : (tensor<4x4xf32>) -> tensor<4x4xf32>
  %2 = nn.mul %0, %1 : tensor<4x4xf32>, tensor<4x4xf32>
  return %2 : tensor<4x4xf32>
}

// Each kernel that reads codes as numbers converts them as it loads. A view has
// no code, so that its operand is stored.
// CHECK-LABEL: func @converts
// CHECK: plan.kernel ins(%arg0 : tensor<8x!quant.uniform
// CHECK: lowp.dequantize %in0
// CHECK: nn.exp
// CHECK: plan.kernel ins(%arg0 : tensor<8x!quant.uniform
// CHECK: lowp.dequantize %in0
// CHECK: nn.relu
// CHECK: %[[K:.*]] = plan.kernel ins(%arg1 : tensor<8x!quant.uniform
// CHECK-NEXT: ^bb0
// CHECK-NEXT: %[[D:.*]] = lowp.dequantize
// CHECK-NEXT: plan.yield %[[D]]
// CHECK: nn.reshape %[[K]]
func.func @converts(%q: tensor<8x!quant.uniform<i8:f32, 0.5>>, %p: tensor<8x!quant.uniform<i8:f32, 0.5>>) -> (tensor<8xf32>, tensor<8xf32>, tensor<2x4xf32>) {
  %0 = lowp.dequantize %q : tensor<8x!quant.uniform<i8:f32, 0.5>> -> tensor<8xf32>
  %1 = nn.exp %0 : tensor<8xf32>
  %2 = nn.relu %0 : tensor<8xf32>
  %3 = lowp.dequantize %p : tensor<8x!quant.uniform<i8:f32, 0.5>> -> tensor<8xf32>
  %4 = nn.reshape %3 : tensor<8xf32> -> tensor<2x4xf32>
  return %1, %2, %4 : tensor<8xf32>, tensor<8xf32>, tensor<2x4xf32>
}

// A converted value times constants is in the kernel that reads it; so is the
// elementwise op that a reduction alone reads.
// CHECK-LABEL: func @computed
// CHECK: plan.kernel ins(%arg0 : tensor<4x8xbf16>)
// CHECK-NEXT: ^bb0
// CHECK-NEXT: nn.cast %in0
// CHECK-NEXT: arith.constant
// CHECK-NEXT: nn.mul
// CHECK-NEXT: nn.exp
// CHECK: plan.kernel ins(%arg0, %arg1 :
// CHECK: nn.mul {{.*}} tensor<1x8xf32>
// CHECK-NEXT: nn.mul {{.*}} %in1 :
// CHECK-NEXT: nn.reduce sum
// CHECK-NOT: plan.kernel
func.func @computed(%x: tensor<4x8xbf16>, %y: tensor<4x8xf32>) -> (tensor<4x8xf32>, tensor<4xf32>) {
  %s = arith.constant dense<[[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]]> : tensor<1x8xf32>
  %0 = nn.cast %x : tensor<4x8xbf16> to tensor<4x8xf32>
  %1 = nn.mul %0, %s : tensor<4x8xf32>, tensor<1x8xf32>
  %2 = nn.exp %1 : tensor<4x8xf32>
  %3 = nn.mul %1, %y : tensor<4x8xf32>, tensor<4x8xf32>
  %4 = nn.reduce sum %3 {axes = array<i64: 1>} : (tensor<4x8xf32>) -> tensor<4xf32>
  return %2, %4 : tensor<4x8xf32>, tensor<4xf32>
}

// A softmax keeps its powers in the result's place, so that the product behind
// it may write over the softmax's input alone.
// CHECK-LABEL: func @powers
// CHECK: plan.kernel ins(%arg0, %arg1 : {{.*}}) {
// CHECK: nn.softmax
// CHECK: nn.mul
// CHECK: } {may_overwrite = array<i64: 0, 0>}
func.func @powers(%x: tensor<4x4xf32>, %y: tensor<4x4xf32>) -> tensor<4x4xf32> {
  %0 = nn.softmax %x {axis = 1 : i64} : tensor<4x4xf32>
  %1 = nn.mul %0, %y : tensor<4x4xf32>, tensor<4x4xf32>
  return %1 : tensor<4x4xf32>
}

// A sum over one element begins with 0 before it reads the element.
// CHECK-LABEL: func @sumOfOne
// CHECK: nn.reduce
// CHECK-NOT: may_overwrite = array<i64: 0
// CHECK: return
func.func @sumOfOne(%x: tensor<1x4xf32>) -> tensor<1x4xf32> {
  %0 = nn.mul %x, %x : tensor<1x4xf32>, tensor<1x4xf32>
  %1 = nn.reduce sum %0 {axes = array<i64: 0>, keepdims} : (tensor<1x4xf32>) -> tensor<1x4xf32>
  return %1 : tensor<1x4xf32>
}

// A conversion is in every kernel that computes with its result, also if the
// result is returned, which takes a kernel of its own.
// CHECK-LABEL: func @stored_and_computed
// CHECK: %[[S:.*]] = plan.kernel ins(%arg0 :
// CHECK-NEXT: ^bb0
// CHECK-NEXT: lowp.dequantize %in0
// CHECK-NEXT: plan.yield
// CHECK: %[[K:.*]] = plan.kernel ins(%arg0 :
// CHECK: %[[D:.*]] = lowp.dequantize %in0
// CHECK: nn.mul %[[D]]
// CHECK: nn.exp
// CHECK: return %[[K]], %[[S]]
func.func @stored_and_computed(%q: tensor<4x!quant.uniform<i8:f32, 0.5:3>>) -> (tensor<4xf32>, tensor<4xf32>) {
  %c = arith.constant dense<2.0> : tensor<1xf32>
  %0 = lowp.dequantize %q : tensor<4x!quant.uniform<i8:f32, 0.5:3>> -> tensor<4xf32>
  %1 = nn.mul %0, %c : tensor<4xf32>, tensor<1xf32>
  %2 = nn.exp %1 : tensor<4xf32>
  return %2, %0 : tensor<4xf32>, tensor<4xf32>
}

// A reduction computes what bounds its loops; a copy of a broadcast does not.
// CHECK-LABEL: func @reduced_broadcast
// CHECK: plan.kernel
// CHECK: nn.expand
// CHECK-NEXT: plan.yield
// CHECK: plan.kernel
// CHECK: nn.exp
// CHECK-NEXT: nn.reduce
func.func @reduced_broadcast(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = nn.expand %x : tensor<4xf32> -> tensor<3x4xf32>
  %1 = nn.exp %0 : tensor<3x4xf32>
  %2 = nn.reduce max %1 {axes = array<i64: 0>} : (tensor<3x4xf32>) -> tensor<4xf32>
  return %2 : tensor<4xf32>
}

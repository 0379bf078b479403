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

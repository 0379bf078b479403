// A published planner gives a scalar scale the bytes of the tensor that it
// scales, and keeps outputs that nothing reads. Here a scalar takes its own four
// bytes (its place is free again when the sums need one), a dead value none, and the arena is what is live at the peak.

// RUN: coppice-opt %s --coppice-phase-graph --coppice-phase-quant --coppice-phase-train --coppice-phase-schedule --coppice-phase-kernels \
// RUN:   --plan-place-state --plan-pack | FileCheck %s

// CHECK: plan.arena_bytes = 4160 : i64, plan.lower_bound_bytes = 4160 : i64
// CHECK-SAME: live_bytes = 4160 : i64
// CHECK: plan.pack
// CHECK-NEXT: memref<f32> bytes 4 align 4
// CHECK-NEXT: memref<1x8x8x16xf32> bytes 4096 {{.*}} at 0
// CHECK-NEXT: memref<1x16xf32> bytes 64
// CHECK-NEXT: }
func.func @infer(%x: tensor<1x8x8x16xf32>) -> tensor<1x8x8x16xf32> {
  %scale = nn.reduce max %x {axes = array<i64: 0, 1, 2, 3>} : (tensor<1x8x8x16xf32>) -> tensor<f32>
  %dead = nn.exp %x : tensor<1x8x8x16xf32>
  %deader = nn.mul %dead, %scale : tensor<1x8x8x16xf32>, tensor<f32>
  %y = nn.div %x, %scale : tensor<1x8x8x16xf32>, tensor<f32>
  %sum = nn.reduce sum %y {axes = array<i64: 1, 2>} : (tensor<1x8x8x16xf32>) -> tensor<1x16xf32>
  %wide = nn.reshape %sum : tensor<1x16xf32> -> tensor<1x1x1x16xf32>
  %z = nn.mul %y, %wide : tensor<1x8x8x16xf32>, tensor<1x1x1x16xf32>
  return %z : tensor<1x8x8x16xf32>
}

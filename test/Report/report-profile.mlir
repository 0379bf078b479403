// Kernels of one name share a counter. An op that accesses no memory belongs to
// the next kernel.
// RUN: coppice-opt %s --report-profile | FileCheck %s

// CHECK: memref.global @infer.profile : memref<2xi64> = dense<0>
// CHECK: func.func @infer
// CHECK-SAME: plan.profile = ["conv", "fc"]
// CHECK: %[[PROFILE:.*]] = memref.get_global @infer.profile : memref<2xi64>
// CHECK: %[[T0:.*]] = llvm.call_intrinsic "llvm.readcyclecounter"() : () -> i64
// CHECK: memref.store
// CHECK: memref.store
// CHECK: %[[T1:.*]] = llvm.call_intrinsic "llvm.readcyclecounter"() : () -> i64
// CHECK: %[[C0:.*]] = arith.constant 0 : index
// CHECK: %[[OLD:.*]] = memref.load %[[PROFILE]][%[[C0]]]
// CHECK: %[[TOOK:.*]] = arith.subi %[[T1]], %[[T0]]
// CHECK: %[[NEW:.*]] = arith.addi %[[OLD]], %[[TOOK]]
// CHECK: memref.store %[[NEW]], %[[PROFILE]][%[[C0]]]
// CHECK: memref.store
// CHECK: %[[T2:.*]] = llvm.call_intrinsic
// CHECK: arith.subi %[[T2]], %[[T1]]
// CHECK: memref.store
// CHECK: memref.store
// CHECK: %[[T3:.*]] = llvm.call_intrinsic
// CHECK: %[[AGAIN:.*]] = arith.constant 0 : index
// CHECK: memref.load %[[PROFILE]][%[[AGAIN]]]
// CHECK: return
func.func @infer(%y: memref<4xf32>) attributes {plan.arena_bytes = 16 : i64} {
  %one = arith.constant 1.0 : f32
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  memref.store %one, %y[%c0] : memref<4xf32> loc("conv")
  memref.store %one, %y[%c1] : memref<4xf32> loc("conv")
  %two = arith.addf %one, %one : f32
  memref.store %two, %y[%c0] : memref<4xf32> loc("fc")
  memref.store %one, %y[%c0] : memref<4xf32> loc("conv")
  return
}

// A function without a plan has no counters.
// CHECK: func.func @other
// CHECK-NOT: readcyclecounter
func.func @other(%x: memref<4xf32>) {
  %one = arith.constant 1.0 : f32
  %c0 = arith.constant 0 : index
  memref.store %one, %x[%c0] : memref<4xf32>
  return
}

// RUN: coppice-opt %s --plan-verify | FileCheck %s

// CHECK: func @planned
// CHECK-SAME: memref<64xi8> {plan.state}, %{{.*}}: memref<0xi8> {plan.arena}
// CHECK-SAME: plan.buffers = {a = 16 : i64}, plan.lower_bound_bytes = 0 : i64, plan.schedule = {live_bytes = 16 : i64, optimal = true}
func.func @planned(%s: memref<64xi8> {plan.state}, %a: memref<0xi8> {plan.arena})
    attributes {plan.arena_bytes = 0 : i64, plan.lower_bound_bytes = 0 : i64,
                plan.buffers = {a = 16 : i64}, plan.schedule = {live_bytes = 16 : i64, optimal = true}} {
  return
}

// In the LLVM dialect a buffer is a pointer.
// CHECK: llvm.func @lowered(%{{.*}}: !llvm.ptr {plan.state})
llvm.func @lowered(%s: !llvm.ptr {plan.state}) {
  llvm.return
}

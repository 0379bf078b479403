// RUN: coppice-opt %s --plan-verify | FileCheck %s

// CHECK: func @planned
// CHECK-SAME: memref<64xi8> {coppice.role = #coppice.role<state>}, %{{.*}}: memref<0xi8> {coppice.role = #coppice.role<arena>}
// CHECK-SAME: plan.lower_bound_bytes = 0 : i64, plan.schedule = {live_bytes = 16 : i64, optimal = true}
func.func @planned(%s: memref<64xi8> {coppice.role = #coppice.role<state>}, %a: memref<0xi8> {coppice.role = #coppice.role<arena>})
    attributes {plan.arena_bytes = 0 : i64, plan.lower_bound_bytes = 0 : i64,
                plan.schedule = {live_bytes = 16 : i64, optimal = true}} {
  return
}

// In the LLVM dialect a buffer is a pointer.
// CHECK: llvm.func @lowered(%{{.*}}: !llvm.ptr {coppice.role = #coppice.role<state>})
llvm.func @lowered(%s: !llvm.ptr {coppice.role = #coppice.role<state>}) {
  llvm.return
}

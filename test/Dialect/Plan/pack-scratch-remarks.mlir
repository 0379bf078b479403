// RUN: coppice-opt %s --plan-pack-scratch=strict=false --remarks-filter=slow-path 2>&1 | FileCheck %s
// RUN: coppice-opt %s --plan-pack-scratch=strict=false --plan-pack --plan-verify=strict=false --remarks-filter=slow-path 2>&1 | FileCheck %s --check-prefix=FUNCTION

// If the pass is not strict, other bytes than declared are a remark, and the
// kernel gets those that it needs. More bytes of the function are one, too.
// CHECK: remark: [Missed] scratch | Category:slow-path | Function={{.*}} | Reason="its kernel needs 64 bytes of scratch, the schedule counted on 8"
// CHECK: {scratch_bytes = 64 : i64}
// FUNCTION: remark: [Missed] more-live-bytes | Category:slow-path | Function=fewer | Reason="its kernels need 64 bytes, the schedule counted on 8"
func.func @fewer(%x: memref<16xf32>, %y: memref<16xf32>) attributes {plan.schedule = {live_bytes = 8 : i64}} {
  plan.kernel ins(%x : memref<16xf32>) outs(%y : memref<16xf32>) {
  ^bb0(%in0: memref<16xf32>, %out0: memref<16xf32>):
    %a = memref.alloc() : memref<16xf32> loc("a")
    memref.copy %in0, %a : memref<16xf32> to memref<16xf32>
    memref.copy %a, %out0 : memref<16xf32> to memref<16xf32>
    plan.yield
  } {scratch_bytes = 8 : i64}
  return
}

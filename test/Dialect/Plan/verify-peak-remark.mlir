// RUN: coppice-opt %s --plan-pack --plan-verify --remarks-filter=order -o /dev/null 2>&1 | FileCheck %s

// Buffers that need fewer bytes than the schedule counted on are a remark.
// CHECK: remark: [Passed] fewer-live-bytes | Category:order | Function=fewer | Reason="its kernels need 64 bytes, the schedule counted on 128"
func.func @fewer(%x: memref<16xf32>) attributes {plan.schedule = {live_bytes = 128 : i64}} {
  %a = memref.alloc() : memref<16xf32>
  memref.copy %x, %a : memref<16xf32> to memref<16xf32>
  memref.copy %a, %x : memref<16xf32> to memref<16xf32>
  return
}

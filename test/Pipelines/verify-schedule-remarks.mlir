// RUN: coppice-opt %s --coppice-verify-phase=phase=kernels --verify-diagnostics --split-input-file
// RUN: coppice-opt %s --coppice-verify-phase=phase=kernels --split-input-file --remarks-filter=slow-path --remark-format=emitRemark --remark-policy=all 2>&1 | FileCheck %s
// CHECK: more-live-bytes | Category:slow-path | Function=more | Reason="its kernels need 192 bytes, the schedule counted on 128"

// "a" was scheduled, a part of the scratch of "b" too; "c" was not.
// expected-remark @+1 {{'more' needs 192 bytes in its kernels, but was scheduled for 128}}
func.func @more(%x: memref<16xf32>) attributes {
    plan.schedule = {live_bytes = 128 : i64}, plan.buffers = {"a" = 64 : i64, "b.scratch" = 128 : i64}} {
  %a = memref.alloc() : memref<16xf32> loc("a")
  %b = memref.alloc() : memref<16xf32> loc("b")
  // expected-note @+1 {{"buffer" holds 64 bytes that the schedule did not name}}
  %c = memref.alloc() : memref<16xf32>
  memref.copy %x, %a : memref<16xf32> to memref<16xf32>
  memref.copy %x, %b : memref<16xf32> to memref<16xf32>
  memref.copy %x, %c : memref<16xf32> to memref<16xf32>
  memref.copy %a, %x : memref<16xf32> to memref<16xf32>
  memref.copy %b, %x : memref<16xf32> to memref<16xf32>
  memref.copy %c, %x : memref<16xf32> to memref<16xf32>
  return
}

// -----

// Both have their names and sizes, but live at the same time.
// expected-remark @+2 {{'longer' needs 128 bytes in its kernels, but was scheduled for 64}}
// expected-note @+1 {{every buffer has a size that the schedule named; some live longer}}
func.func @longer(%x: memref<16xf32>) attributes {
    plan.schedule = {live_bytes = 64 : i64}, plan.buffers = {"a" = 64 : i64, "b" = 64 : i64}} {
  %a = memref.alloc() : memref<16xf32>
  %b = memref.alloc() : memref<16xf32>
  memref.copy %x, %a : memref<16xf32> to memref<16xf32>
  memref.copy %x, %b : memref<16xf32> to memref<16xf32>
  memref.copy %a, %x : memref<16xf32> to memref<16xf32>
  memref.copy %b, %x : memref<16xf32> to memref<16xf32>
  return
}

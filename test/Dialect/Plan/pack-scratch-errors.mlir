// RUN: coppice-opt %s --plan-pack-scratch --verify-diagnostics --split-input-file

// A declaration of other bytes than the body needs is an error: more, and fewer.
func.func @more(%x: memref<16xf32>, %y: memref<16xf32>) {
  // expected-error @+2 {{needs 64 bytes of scratch, but its ops declare 68: an op's getScratch and its lowering differ; this is a defect of the compiler, please report it with the model}}
  // expected-note @+1 {{"a" holds 64 bytes from step 0 to step 1 of the kernel}}
  plan.kernel ins(%x : memref<16xf32>) outs(%y : memref<16xf32>) {
  ^bb0(%in0: memref<16xf32>, %out0: memref<16xf32>):
    %a = memref.alloc() : memref<16xf32> loc("a")
    memref.copy %in0, %a : memref<16xf32> to memref<16xf32>
    memref.copy %a, %out0 : memref<16xf32> to memref<16xf32>
    plan.yield
  } {scratch_bytes = 68 : i64}
  return
}

// -----

func.func @fewer(%x: memref<16xf32>, %y: memref<16xf32>) {
  // expected-error @+2 {{needs 64 bytes of scratch, but its ops declare 0}}
  // expected-note @+1 {{"a" holds 64 bytes}}
  plan.kernel ins(%x : memref<16xf32>) outs(%y : memref<16xf32>) {
  ^bb0(%in0: memref<16xf32>, %out0: memref<16xf32>):
    %a = memref.alloc() : memref<16xf32> loc("a")
    memref.copy %in0, %a : memref<16xf32> to memref<16xf32>
    memref.copy %a, %out0 : memref<16xf32> to memref<16xf32>
    plan.yield
  }
  return
}

// -----

func.func @dynamic(%x: memref<?xf32>, %n: index) {
  plan.kernel ins(%n : index) outs(%x : memref<?xf32>) {
  ^bb0(%in0: index, %out0: memref<?xf32>):
    // expected-error @+1 {{only buffers of static size without layout can be planned}}
    %a = memref.alloc(%in0) : memref<?xf32>
    memref.copy %a, %out0 : memref<?xf32> to memref<?xf32>
    plan.yield
  }
  return
}

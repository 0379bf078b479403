// RUN: coppice-opt %s --plan-pack --plan-verify --verify-diagnostics --split-input-file -o /dev/null

// The buffers that live at once need what the schedule counted on.
func.func @equal(%x: memref<16xf32>) attributes {plan.schedule = {live_bytes = 64 : i64}} {
  %a = memref.alloc() : memref<16xf32>
  memref.copy %x, %a : memref<16xf32> to memref<16xf32>
  memref.copy %a, %x : memref<16xf32> to memref<16xf32>
  return
}

// -----

// expected-error @+3 {{needs 128 bytes at once, but was scheduled for 64; this is a defect of the compiler, please report it with the model}}
// expected-note @+2 {{"buffer" holds 64 bytes}}
// expected-note @+1 {{"buffer#1" holds 64 bytes}}
func.func @longer(%x: memref<16xf32>) attributes {plan.schedule = {live_bytes = 64 : i64}} {
  %a = memref.alloc() : memref<16xf32>
  %b = memref.alloc() : memref<16xf32>
  memref.copy %x, %a : memref<16xf32> to memref<16xf32>
  memref.copy %x, %b : memref<16xf32> to memref<16xf32>
  memref.copy %a, %x : memref<16xf32> to memref<16xf32>
  memref.copy %b, %x : memref<16xf32> to memref<16xf32>
  return
}

// -----

// Scratch counts as declared, without the gaps that alignment leaves.
func.func @scratch(%x: memref<16xf32>, %y: memref<16xf32>) attributes {plan.schedule = {live_bytes = 40 : i64}} {
  %s = memref.alloc() : memref<128xi8>
  plan.kernel ins(%x : memref<16xf32>) outs(%y : memref<16xf32>) scratch(%s : memref<128xi8>) {
  ^bb0(%in0: memref<16xf32>, %out0: memref<16xf32>, %scratch: memref<128xi8>):
    memref.copy %in0, %out0 : memref<16xf32> to memref<16xf32>
    plan.yield
  } {scratch_bytes = 40 : i64}
  return
}

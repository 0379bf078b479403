// RUN: coppice-opt %s --plan-pack-scratch --split-input-file | FileCheck %s

// What a body allocates lies in one buffer, by lifetimes over the body's ops; a
// buffer of a loop, too.
// CHECK-LABEL: func @share
// CHECK: %[[S:.*]] = memref.alloc() : memref<128xi8>
// CHECK: plan.kernel ins(%{{.*}}) outs(%{{.*}}) scratch(%[[S]] : memref<128xi8>) {
// CHECK-NEXT: ^bb0(%[[IN:.*]]: memref<16xf32>, %[[OUT:.*]]: memref<16xf32>, %[[T:.*]]: memref<128xi8>):
// CHECK-NEXT: %{{.*}} = plan.pack %[[T]] : memref<128xi8> {
// CHECK-NEXT: "a" : memref<16xf32> bytes 64 align 64 live 0 to 1 at
// CHECK-NEXT: "b" : memref<16xf32> bytes 64 align 64 live 1 to 2 at
// CHECK-NEXT: "c" : memref<16xf32> bytes 64 align 64 live 2 to 2 at
// CHECK-NOT: memref.alloc
// CHECK: {scratch_bytes = 128 : i64}
func.func @share(%x: memref<16xf32>, %y: memref<16xf32>) {
  plan.kernel ins(%x : memref<16xf32>) outs(%y : memref<16xf32>) {
  ^bb0(%in0: memref<16xf32>, %out0: memref<16xf32>):
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %a = memref.alloc() : memref<16xf32> loc("a")
    %b = memref.alloc() : memref<16xf32> loc("b")
    memref.copy %in0, %a : memref<16xf32> to memref<16xf32>
    memref.copy %a, %b : memref<16xf32> to memref<16xf32>
    scf.for %i = %c0 to %c1 step %c1 {
      %c = memref.alloc() : memref<16xf32> loc("c")
      memref.copy %b, %c : memref<16xf32> to memref<16xf32>
      memref.copy %c, %out0 : memref<16xf32> to memref<16xf32>
    }
    plan.yield
  } {scratch_bytes = 128 : i64}
  return
}

// -----

// A kernel without allocations gets no scratch; its function keeps its own.
// CHECK-LABEL: func @none
// CHECK: memref.alloc() : memref<16xf32>
// CHECK: plan.kernel ins(%{{.*}}) outs(%{{.*}}) {
func.func @none(%x: memref<16xf32>, %y: memref<16xf32>) {
  %a = memref.alloc() : memref<16xf32>
  plan.kernel ins(%x : memref<16xf32>) outs(%a : memref<16xf32>) {
  ^bb0(%in0: memref<16xf32>, %out0: memref<16xf32>):
    memref.copy %in0, %out0 : memref<16xf32> to memref<16xf32>
    plan.yield
  }
  memref.copy %a, %y : memref<16xf32> to memref<16xf32>
  return
}

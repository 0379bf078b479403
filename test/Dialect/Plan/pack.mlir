// RUN: coppice-opt %s --plan-pack | FileCheck %s

#id = affine_map<(d0) -> (d0)>

// Three buffers of which two are live at a time: two places are enough.
// CHECK-LABEL: func @chain
// CHECK-SAME: %[[ARENA:[a-z0-9]+]]: memref<512xi8> {coppice.role = #coppice.role<arena>}
// CHECK-SAME: plan.arena_bytes = 512 : i64, plan.lower_bound_bytes = 512 : i64
func.func @chain(%x: memref<64xf32>, %y: memref<64xf32>) {
  // CHECK-NEXT: plan.pack %[[ARENA]] : memref<512xi8> {
  // CHECK-NEXT:   "a" : memref<64xf32> bytes 256 align 64 live 0 to 1 at 0,
  // CHECK-NEXT:   "b" : memref<64xf32> bytes 256 align 64 live 1 to 2 at 256,
  // CHECK-NEXT:   "c" : memref<8x8xf32> bytes 256 align 64 live 2 to 3 at 0
  // CHECK-NEXT: }
  // CHECK-NOT: memref.alloc
  %a = memref.alloc() : memref<64xf32> loc("a")
  linalg.exp ins(%x : memref<64xf32>) outs(%a : memref<64xf32>)
  %b = memref.alloc() : memref<64xf32> loc("b"("f.onnx":1:1))
  linalg.exp ins(%a : memref<64xf32>) outs(%b : memref<64xf32>)
  %c = memref.alloc() : memref<8x8xf32> loc(fused["c", "node"])
  %flat = memref.collapse_shape %c [[0, 1]] : memref<8x8xf32> into memref<64xf32>
  linalg.exp ins(%b : memref<64xf32>) outs(%flat : memref<64xf32>)
  linalg.exp ins(%flat : memref<64xf32>) outs(%y : memref<64xf32>)
  return
}

// A use inside a loop counts for the whole loop, scratch of an iteration too.
// CHECK-LABEL: func @loop
// CHECK: "buffer" : memref<4xf32> bytes 16 align 16 live 0 to 1 at
// CHECK: "scratch" : memref<4xf32> bytes 16 align 16 live 1 to 1 at
// CHECK: "scratch#1" : memref<4xf32> bytes 16 align 16 live 2 to 2 at 0
func.func @loop(%x: memref<4xf32>, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %a = memref.alloc() : memref<4xf32>
  memref.copy %x, %a : memref<4xf32> to memref<4xf32>
  scf.for %i = %c0 to %n step %c1 {
    %s = memref.alloc() : memref<4xf32> loc("scratch")
    linalg.exp ins(%a : memref<4xf32>) outs(%s : memref<4xf32>)
    linalg.exp ins(%s : memref<4xf32>) outs(%x : memref<4xf32>)
  }
  %t = memref.alloc() : memref<4xf32> loc("scratch")
  linalg.exp ins(%x : memref<4xf32>) outs(%t : memref<4xf32>)
  memref.dealloc %t : memref<4xf32>
  return
}

// A function without buffers has an arena all the same; private ones are ours.
// CHECK-LABEL: func @empty(%{{.*}}: memref<0xi8> {coppice.role = #coppice.role<arena>})
func.func @empty() {
  return
}
// CHECK-LABEL: func private @helper()
func.func private @helper() {
  return
}

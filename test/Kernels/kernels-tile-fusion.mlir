// RUN: coppice-opt %s --target-attach=target=x86-64-v4 --kernels-tile --canonicalize --cse --split-input-file | FileCheck %s

// The update writes the state in place, from registers; the gradient's buffer
// and its fill are gone.
// CHECK-LABEL: func.func @update
// CHECK-NOT:     memref.alloc
// CHECK-NOT:     linalg
// CHECK:         vector.fma
// CHECK:         vector.load %arg2
// CHECK:         arith.subf
// CHECK:         vector.store %{{.*}}, %arg2
func.func @update(%x: memref<20x8xf32>, %dy: memref<20x16xf32>, %w: memref<8x16xf32>) {
  %zero = arith.constant 0.0 : f32
  %dw = memref.alloc() : memref<8x16xf32>
  linalg.fill ins(%zero : f32) outs(%dw : memref<8x16xf32>)
  linalg.generic {
      indexing_maps = [affine_map<(m, n, k) -> (k, m)>, affine_map<(m, n, k) -> (k, n)>,
                       affine_map<(m, n, k) -> (m, n)>],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %dy : memref<20x8xf32>, memref<20x16xf32>) outs(%dw : memref<8x16xf32>) {
  ^bb0(%a: f32, %b: f32, %acc: f32):
    %p = arith.mulf %a, %b : f32
    %s = arith.addf %acc, %p : f32
    linalg.yield %s : f32
  }
  linalg.generic {
      indexing_maps = [affine_map<(m, n) -> (m, n)>, affine_map<(m, n) -> (m, n)>,
                       affine_map<(m, n) -> (m, n)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%w, %dw : memref<8x16xf32>, memref<8x16xf32>) outs(%w : memref<8x16xf32>) {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %s = arith.subf %a, %b : f32
    linalg.yield %s : f32
  }
  return
}

// -----

// Somebody reads the state between the two: the update stays where it is.
// CHECK-LABEL: func.func @read_between
// CHECK:         memref.copy %arg2, %arg3
// CHECK:         linalg.generic
func.func @read_between(%x: memref<20x8xf32>, %dy: memref<20x16xf32>,
                        %w: memref<8x16xf32>, %old: memref<8x16xf32>,
                        %seen: memref<8x16xf32>) {
  %dw = memref.alloc() : memref<8x16xf32>
  linalg.generic {
      indexing_maps = [affine_map<(m, n, k) -> (k, m)>, affine_map<(m, n, k) -> (k, n)>,
                       affine_map<(m, n, k) -> (m, n)>],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %dy : memref<20x8xf32>, memref<20x16xf32>) outs(%dw : memref<8x16xf32>) {
  ^bb0(%a: f32, %b: f32, %acc: f32):
    %p = arith.mulf %a, %b : f32
    %s = arith.addf %acc, %p : f32
    linalg.yield %s : f32
  }
  memref.copy %w, %old : memref<8x16xf32> to memref<8x16xf32>
  memref.copy %dw, %seen : memref<8x16xf32> to memref<8x16xf32>
  linalg.generic {
      indexing_maps = [affine_map<(m, n) -> (m, n)>, affine_map<(m, n) -> (m, n)>,
                       affine_map<(m, n) -> (m, n)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%w, %dw : memref<8x16xf32>, memref<8x16xf32>) outs(%w : memref<8x16xf32>) {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %s = arith.subf %a, %b : f32
    linalg.yield %s : f32
  }
  return
}

// -----

// The buffer comes from outside the loop and is read behind it.
// CHECK-LABEL: func.func @read_after_the_loop
// CHECK:         %[[B:.*]] = memref.alloc
// CHECK:         scf.for
// CHECK:         vector.store %{{.*}}, %[[B]]
// CHECK:         memref.copy %[[B]]
func.func @read_after_the_loop(%x: memref<4x8xf32>, %w: memref<8x16xf32>, %z: memref<4x16xf32>, %y: memref<4x16xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %zero = arith.constant 0.0 : f32
  %b = memref.alloc() : memref<4x16xf32>
  scf.for %i = %c0 to %c4 step %c1 {
    linalg.fill ins(%zero : f32) outs(%b : memref<4x16xf32>)
    linalg.matmul ins(%x, %w : memref<4x8xf32>, memref<8x16xf32>) outs(%b : memref<4x16xf32>)
    linalg.generic {
      indexing_maps = [affine_map<(m, n) -> (m, n)>, affine_map<(m, n) -> (m, n)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%b : memref<4x16xf32>) outs(%z : memref<4x16xf32>) {
    ^bb0(%a: f32, %o: f32):
      %s = arith.negf %a : f32
      linalg.yield %s : f32
    }
  }
  memref.copy %b, %y : memref<4x16xf32> to memref<4x16xf32>
  return
}

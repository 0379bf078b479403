// RUN: coppice-opt %s --target-attach=target=x86-64-v3 --kernels-vectorize --canonicalize --cse --split-input-file | FileCheck %s

// Contiguous loops are one loop; the tail is a shorter vector.
// CHECK-LABEL: func.func @fill
// CHECK:         %[[FLAT:.*]] = memref.collapse_shape %{{.*}} : memref<3x7xf64> into memref<21xf64>
// CHECK:         vector.store %{{.*}}, %[[FLAT]][%{{.*}}] : memref<21xf64>, vector<4xf64>
// CHECK:         memref.store %{{.*}}, %[[FLAT]][%{{.*}}] : memref<21xf64>
func.func @fill(%a: memref<3x7xf64>, %v: f64) {
  linalg.fill ins(%v : f64) outs(%a : memref<3x7xf64>)
  return
}

// -----

// In place, with a broadcast operand.
// CHECK-LABEL: func.func @bias
// CHECK:         vector.load %{{.*}} : memref<6x8xf32>, vector<8xf32>
// CHECK:         vector.load %{{.*}} : memref<8xf32>, vector<8xf32>
// CHECK:         arith.addf %{{.*}} : vector<8xf32>
// CHECK:         vector.store
func.func @bias(%a: memref<2x3x8xf32>, %b: memref<8xf32>) {
  linalg.generic {
      indexing_maps = [affine_map<(i, j, k) -> (i, j, k)>, affine_map<(i, j, k) -> (k)>,
                       affine_map<(i, j, k) -> (i, j, k)>],
      iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%a, %b : memref<2x3x8xf32>, memref<8xf32>) outs(%a : memref<2x3x8xf32>) {
  ^bb0(%x: f32, %y: f32, %out: f32):
    %s = arith.addf %x, %y : f32
    linalg.yield %s : f32
  }
  return
}

// -----

// A copy into a part of a buffer needs no library call.
// CHECK-LABEL: func.func @strided_copy
// CHECK-NOT:     memref.copy
// CHECK:         vector.store
func.func @strided_copy(%from: memref<4x8xf32>, %to: memref<6x10xf32>) {
  %inner = memref.subview %to[1, 1] [4, 8] [1, 1]
      : memref<6x10xf32> to memref<4x8xf32, strided<[10, 1], offset: 11>>
  memref.copy %from, %inner
      : memref<4x8xf32> to memref<4x8xf32, strided<[10, 1], offset: 11>>
  return
}

// -----

// Loops are joined where the body asks for the place in both of them alone, as
// random numbers do; one index of a single loop keeps them apart.
// CHECK-LABEL: func.func @place
// CHECK-DAG:     %[[STEPS:.*]] = arith.constant dense<[0, 1, 2, 3, 4, 5, 6, 7]> : vector<8xindex>
// CHECK:         memref.collapse_shape %{{.*}} : memref<4x6xi32> into memref<24xi32>
// CHECK:         scf.for %[[I:.*]] = %c0 to %c24 step %c8
// CHECK:           %[[FIRST:.*]] = vector.broadcast %[[I]] : index to vector<8xindex>
// CHECK:           arith.addi %[[FIRST]], %[[STEPS]] : vector<8xindex>
// CHECK-LABEL: func.func @column
// CHECK-NOT:     collapse_shape
// CHECK:         vector.store {{.*}} : memref<4x6xi32>, vector<6xi32>
func.func @place(%y: memref<4x6xi32>) {
  linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
      outs(%y : memref<4x6xi32>) {
  ^bb0(%out: i32):
    %width = arith.constant 6 : index
    %i = linalg.index 0 : index
    %j = linalg.index 1 : index
    %row = arith.muli %i, %width : index
    %at = arith.addi %row, %j : index
    %s = arith.index_cast %at : index to i32
    linalg.yield %s : i32
  }
  return
}
func.func @column(%y: memref<4x6xi32>) {
  linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
      outs(%y : memref<4x6xi32>) {
  ^bb0(%out: i32):
    %j = linalg.index 1 : index
    %s = arith.index_cast %j : index to i32
    linalg.yield %s : i32
  }
  return
}

// -----

// i1 takes a byte in memory but a bit in a vector: scalar loops.
// CHECK-LABEL: func.func @masks
// CHECK:         scf.for
// CHECK:           memref.load %{{.*}} : memref<16xi1>
// CHECK-NOT:     vector
func.func @masks(%m: memref<16xi1>, %x: memref<16xf32>, %y: memref<16xf32>) {
  linalg.generic {
      indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>, affine_map<(i) -> (i)>],
      iterator_types = ["parallel"]}
      ins(%m, %x : memref<16xi1>, memref<16xf32>) outs(%y : memref<16xf32>) {
  ^bb0(%c: i1, %a: f32, %out: f32):
    %s = arith.select %c, %a, %out : f32
    linalg.yield %s : f32
  }
  return
}

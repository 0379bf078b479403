// RUN: coppice-opt %s --kernels-tile | FileCheck %s

// A look-up is done for each lane in the epilogue of a sum, which is not stored.
// CHECK-LABEL: func @epilogue
// CHECK-NOT: memref.alloc
// CHECK: %[[I:.*]] = arith.index_castui %{{.*}} : vector<8xi8> to vector<8xindex>
// CHECK: %[[A:.*]] = vector.extract %[[I]][0]
// CHECK: memref.load %arg1[%[[A]]]
// CHECK-COUNT-7: memref.load %arg1
// CHECK: %[[V:.*]] = vector.from_elements
// CHECK: vector.store %[[V]], %arg2
// CHECK-NOT: linalg.generic
func.func @epilogue(%x: memref<4x8xi8>, %table: memref<256xf32>, %y: memref<8xf32>) {
  %zero = arith.constant 0 : i8
  %sum = memref.alloc() : memref<8xi8>
  linalg.fill ins(%zero : i8) outs(%sum : memref<8xi8>)
  linalg.generic {indexing_maps = [affine_map<(k, d) -> (k, d)>, affine_map<(k, d) -> (d)>], iterator_types = ["reduction", "parallel"]}
      ins(%x : memref<4x8xi8>) outs(%sum : memref<8xi8>) {
  ^bb0(%v: i8, %s: i8):
    %0 = arith.addi %s, %v : i8
    linalg.yield %0 : i8
  }
  linalg.generic {indexing_maps = [affine_map<(d) -> (d)>, affine_map<(d) -> (d)>], iterator_types = ["parallel"]}
      ins(%sum : memref<8xi8>) outs(%y : memref<8xf32>) {
  ^bb0(%code: i8, %out: f32):
    %at = arith.index_castui %code : i8 to index
    %v = memref.load %table[%at] : memref<256xf32>
    linalg.yield %v : f32
  }
  return
}

// The epilogue would read sums at other indices than its own: it stays apart.
// CHECK-LABEL: func @reads_sums
// CHECK: memref.alloc
// CHECK: linalg.generic
func.func @reads_sums(%x: memref<4x8xf32>, %y: memref<8xf32>) {
  %c7 = arith.constant 7 : index
  %zero = arith.constant 0.0 : f32
  %sum = memref.alloc() : memref<8xf32>
  linalg.fill ins(%zero : f32) outs(%sum : memref<8xf32>)
  linalg.generic {indexing_maps = [affine_map<(k, d) -> (k, d)>, affine_map<(k, d) -> (d)>], iterator_types = ["reduction", "parallel"]}
      ins(%x : memref<4x8xf32>) outs(%sum : memref<8xf32>) {
  ^bb0(%v: f32, %s: f32):
    %0 = arith.addf %s, %v : f32
    linalg.yield %0 : f32
  }
  linalg.generic {indexing_maps = [affine_map<(d) -> (d)>, affine_map<(d) -> (d)>], iterator_types = ["parallel"]}
      ins(%sum : memref<8xf32>) outs(%y : memref<8xf32>) {
  ^bb0(%s: f32, %out: f32):
    %d = linalg.index 0 : index
    %at = arith.subi %c7, %d : index
    %v = memref.load %sum[%at] : memref<8xf32>
    %0 = arith.addf %s, %v : f32
    linalg.yield %0 : f32
  }
  return
}

// Truth values are bytes in memory: they are loaded one by one.
// CHECK-LABEL: func @truth_values
// CHECK-NOT: vector.load %arg0
// CHECK-COUNT-4: memref.load %arg0[{{.*}}] : memref<8xi1>
// CHECK: arith.select %{{.*}} : vector<4xi1>, vector<4xf32>
func.func @truth_values(%c: memref<8xi1>, %x: memref<8xf32>, %y: memref<f32>) {
  %zero = arith.constant 0.0 : f32
  linalg.generic {indexing_maps = [affine_map<(d) -> (d)>, affine_map<(d) -> (d)>, affine_map<(d) -> ()>], iterator_types = ["reduction"]}
      ins(%c, %x : memref<8xi1>, memref<8xf32>) outs(%y : memref<f32>) {
  ^bb0(%k: i1, %v: f32, %s: f32):
    %0 = arith.select %k, %v, %zero : f32
    %1 = arith.addf %s, %0 fastmath<reassoc> : f32
    linalg.yield %1 : f32
  }
  return
}

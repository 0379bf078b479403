// RUN: coppice-opt %s --kernels-vectorize --remarks-filter=slow-path 2>&1 | FileCheck %s

// An op that becomes scalar loops gets a remark; an op with a vector form none.
func.func @look_up(%i: memref<8xi8>, %t: memref<256xf32>, %y: memref<8xf32>, %z: memref<8xf32>) {
  // CHECK: remarks.mlir:[[# @LINE + 1]]:3: remark: [Missed] scalar-loops | Category:slow-path | Function=look_up | Reason="'memref.load' reads elements one by one"
  linalg.generic {indexing_maps = [affine_map<(d) -> (d)>, affine_map<(d) -> (d)>], iterator_types = ["parallel"]}
      ins(%i : memref<8xi8>) outs(%y : memref<8xf32>) {
  ^bb0(%code: i8, %out: f32):
    %at = arith.index_castui %code : i8 to index
    %v = memref.load %t[%at] : memref<256xf32>
    linalg.yield %v : f32
  }
  // CHECK-NOT: remark
  linalg.generic {indexing_maps = [affine_map<(d) -> (d)>, affine_map<(d) -> (d)>], iterator_types = ["parallel"]}
      ins(%y : memref<8xf32>) outs(%z : memref<8xf32>) {
  ^bb0(%v: f32, %out: f32):
    %w = arith.addf %v, %v : f32
    linalg.yield %w : f32
  }
  return
}

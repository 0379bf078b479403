// RUN: coppice-opt %s --kernels-reuse-operands --split-input-file | FileCheck %s

#id = affine_map<(d0) -> (d0)>
#elementwise = {indexing_maps = [#id, #id], iterator_types = ["parallel"]}

// %a is not read again: its buffer takes the result.
// CHECK-LABEL: func @dies
// CHECK: %[[A:.*]] = memref.alloc
// CHECK-NOT: memref.alloc
// CHECK: linalg.generic {{.*}} ins(%[[A]] : memref<8xf32>) outs(%[[A]] : memref<8xf32>)
// CHECK: memref.copy %[[A]]
func.func @dies(%x: memref<8xf32>, %y: memref<8xf32>) {
  %a = memref.alloc() : memref<8xf32>
  memref.copy %x, %a : memref<8xf32> to memref<8xf32>
  %b = memref.alloc() : memref<8xf32>
  linalg.generic #elementwise ins(%a : memref<8xf32>) outs(%b : memref<8xf32>) {
  ^bb0(%i: f32, %o: f32):
    %e = math.exp %i : f32
    linalg.yield %e : f32
  }
  memref.copy %b, %y : memref<8xf32> to memref<8xf32>
  return
}

// -----

#id = affine_map<(d0) -> (d0)>
#elementwise = {indexing_maps = [#id, #id], iterator_types = ["parallel"]}

// A view of %a is read later.
// CHECK-LABEL: func @lives
// CHECK-COUNT-2: memref.alloc
func.func @lives(%x: memref<8xf32>, %y: memref<8xf32>, %z: memref<4xf32>) {
  %a = memref.alloc() : memref<8xf32>
  memref.copy %x, %a : memref<8xf32> to memref<8xf32>
  %v = memref.subview %a[0] [4] [1] : memref<8xf32> to memref<4xf32, strided<[1]>>
  %b = memref.alloc() : memref<8xf32>
  linalg.generic #elementwise ins(%a : memref<8xf32>) outs(%b : memref<8xf32>) {
  ^bb0(%i: f32, %o: f32):
    %e = math.exp %i : f32
    linalg.yield %e : f32
  }
  memref.copy %b, %y : memref<8xf32> to memref<8xf32>
  memref.copy %v, %z : memref<4xf32, strided<[1]>> to memref<4xf32>
  return
}

// -----

#id = affine_map<(d0) -> (d0)>
#back = affine_map<(d0) -> (7 - d0)>

// Read at another place than where it is written.
// CHECK-LABEL: func @reversed
// CHECK-COUNT-2: memref.alloc
func.func @reversed(%x: memref<8xf32>, %y: memref<8xf32>) {
  %a = memref.alloc() : memref<8xf32>
  memref.copy %x, %a : memref<8xf32> to memref<8xf32>
  %b = memref.alloc() : memref<8xf32>
  linalg.generic {indexing_maps = [#back, #id, #id], iterator_types = ["parallel"]}
      ins(%a, %a : memref<8xf32>, memref<8xf32>) outs(%b : memref<8xf32>) {
  ^bb0(%i: f32, %j: f32, %o: f32):
    %e = arith.addf %i, %j : f32
    linalg.yield %e : f32
  }
  memref.copy %b, %y : memref<8xf32> to memref<8xf32>
  return
}

// -----

#id = affine_map<(d0) -> (d0)>

// The body reads %a at any place.
// CHECK-LABEL: func @captured
// CHECK-COUNT-2: memref.alloc
func.func @captured(%x: memref<8xf32>, %i: memref<8xindex>, %y: memref<8xf32>) {
  %a = memref.alloc() : memref<8xf32>
  memref.copy %x, %a : memref<8xf32> to memref<8xf32>
  %b = memref.alloc() : memref<8xf32>
  linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel"]}
      ins(%a, %i : memref<8xf32>, memref<8xindex>) outs(%b : memref<8xf32>) {
  ^bb0(%j: f32, %k: index, %o: f32):
    %v = memref.load %a[%k] : memref<8xf32>
    %e = arith.addf %v, %j : f32
    linalg.yield %e : f32
  }
  memref.copy %b, %y : memref<8xf32> to memref<8xf32>
  return
}

// RUN: coppice-opt %s --kernels-fuse-elementwise --split-input-file | FileCheck %s

// CHECK-LABEL: func.func @chain
// CHECK:         linalg.generic
// CHECK:           arith.addf
// CHECK-NEXT:      math.absf
// CHECK-NOT:     linalg.generic
func.func @chain(%x: tensor<4x8xf32>, %y: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %0 = tensor.empty() : tensor<4x8xf32>
  %1 = linalg.add ins(%x, %y : tensor<4x8xf32>, tensor<4x8xf32>)
      outs(%0 : tensor<4x8xf32>) -> tensor<4x8xf32>
  %2 = linalg.abs ins(%1 : tensor<4x8xf32>) outs(%0 : tensor<4x8xf32>) -> tensor<4x8xf32>
  return %2 : tensor<4x8xf32>
}

// -----

// Two readers: computed once, stored once.
// CHECK-LABEL: func.func @shared
// CHECK-COUNT-3: linalg.generic
func.func @shared(%x: tensor<8xf32>) -> (tensor<8xf32>, tensor<8xf32>) {
  %0 = tensor.empty() : tensor<8xf32>
  %1 = linalg.exp ins(%x : tensor<8xf32>) outs(%0 : tensor<8xf32>) -> tensor<8xf32>
  %2 = linalg.abs ins(%1 : tensor<8xf32>) outs(%0 : tensor<8xf32>) -> tensor<8xf32>
  %3 = linalg.negf ins(%1 : tensor<8xf32>) outs(%0 : tensor<8xf32>) -> tensor<8xf32>
  return %2, %3 : tensor<8xf32>, tensor<8xf32>
}

// -----

// A fill is where a contraction's accumulators start; it stays what it is.
// CHECK-LABEL: func.func @fill
// CHECK:         linalg.fill
func.func @fill(%v: f32) -> tensor<8xf32> {
  %0 = tensor.empty() : tensor<8xf32>
  %1 = linalg.fill ins(%v : f32) outs(%0 : tensor<8xf32>) -> tensor<8xf32>
  return %1 : tensor<8xf32>
}

// -----

// A tensor in a narrow format is widened by each consumer, including a
// reduction. A tensor that is narrowed is stored in the narrow format.
// CHECK-LABEL: func.func @formats
// CHECK:         linalg.generic
// CHECK:           arith.truncf
// CHECK:         %[[SUM:.*]] = linalg.generic {{.*}} ins(%{{.*}} : tensor<8x4xbf16>)
// CHECK-NEXT:    ^bb0
// CHECK-NEXT:      arith.extf
// CHECK-NEXT:      arith.addf
// CHECK:         linalg.generic {{.*}} ins(%{{.*}} : tensor<8x4xbf16>)
// CHECK-NEXT:    ^bb0
// CHECK-NEXT:      arith.extf
// CHECK-NEXT:      math.absf
func.func @formats(%x: tensor<8x4xf32>, %zeros: tensor<8xf32>) -> (tensor<8xf32>, tensor<8x4xf32>) {
  %e = tensor.empty() : tensor<8x4xbf16>
  %f = tensor.empty() : tensor<8x4xf32>
  %n = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<8x4xf32>) outs(%e : tensor<8x4xbf16>) {
  ^bb0(%a: f32, %o: bf16):
    %0 = arith.truncf %a : f32 to bf16
    linalg.yield %0 : bf16
  } -> tensor<8x4xbf16>
  %w = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
      ins(%n : tensor<8x4xbf16>) outs(%f : tensor<8x4xf32>) {
  ^bb0(%a: bf16, %o: f32):
    %0 = arith.extf %a : bf16 to f32
    linalg.yield %0 : f32
  } -> tensor<8x4xf32>
  %sum = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>], iterator_types = ["parallel", "reduction"]}
      ins(%w : tensor<8x4xf32>) outs(%zeros : tensor<8xf32>) {
  ^bb0(%a: f32, %o: f32):
    %0 = arith.addf %o, %a : f32
    linalg.yield %0 : f32
  } -> tensor<8xf32>
  %abs = linalg.abs ins(%w : tensor<8x4xf32>) outs(%f : tensor<8x4xf32>) -> tensor<8x4xf32>
  return %sum, %abs : tensor<8xf32>, tensor<8x4xf32>
}

// What reads a sum with another axis of one element reads it without the axis, so
// that it can be the sum's epilogue.
// CHECK-LABEL: func @behind_axis
// CHECK: %[[SUM:.*]] = linalg.generic {{.*}}"reduction"
// CHECK: %[[ROOT:.*]] = linalg.generic {{.*}} ins(%[[SUM]] : tensor<4xf32>)
// CHECK: tensor.expand_shape %[[ROOT]]
func.func @behind_axis(%x: tensor<4x8xf32>) -> tensor<4x1xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<4xf32>
  %z = linalg.fill ins(%zero : f32) outs(%e : tensor<4xf32>) -> tensor<4xf32>
  %sum = linalg.reduce { arith.addf } ins(%x : tensor<4x8xf32>) outs(%z : tensor<4xf32>) dimensions = [1]
  %kept = tensor.expand_shape %sum [[0, 1]] output_shape [4, 1] : tensor<4xf32> into tensor<4x1xf32>
  %f = tensor.empty() : tensor<4x1xf32>
  %root = linalg.sqrt ins(%kept : tensor<4x1xf32>) outs(%f : tensor<4x1xf32>) -> tensor<4x1xf32>
  return %root : tensor<4x1xf32>
}

// Codes of 32 bits become floats where they are read, also by a larger op.
// CHECK-LABEL: func @bias
// CHECK-COUNT-1: linalg.generic
// CHECK-NOT: linalg.generic
func.func @bias(%x: tensor<4x8xf32>, %b: tensor<8xi32>) -> tensor<4x8xf32> {
  %e = tensor.empty() : tensor<8xf32>
  %f = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>], iterator_types = ["parallel"]}
      ins(%b : tensor<8xi32>) outs(%e : tensor<8xf32>) {
  ^bb0(%in: i32, %out: f32):
    %0 = arith.sitofp %in : i32 to f32
    linalg.yield %0 : f32
  } -> tensor<8xf32>
  %d = tensor.empty() : tensor<4x8xf32>
  %s = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (j)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
      ins(%x, %f : tensor<4x8xf32>, tensor<8xf32>) outs(%d : tensor<4x8xf32>) {
  ^bb0(%in: f32, %in_0: f32, %out: f32):
    %0 = arith.addf %in, %in_0 : f32
    linalg.yield %0 : f32
  } -> tensor<4x8xf32>
  return %s : tensor<4x8xf32>
}

// -----

// The squares have no other reader than their sum, so no tensor holds them.
// CHECK-LABEL: func.func @squares
// CHECK: linalg.fill
// CHECK: linalg.generic {{.*}}"reduction"{{.*}} ins(%arg0 : tensor<4x8xf32>)
// CHECK-NOT: linalg.generic
func.func @squares(%x: tensor<4x8xf32>) -> tensor<4xf32> {
  %zero = arith.constant 0.0 : f32
  %0 = tensor.empty() : tensor<4x8xf32>
  %1 = linalg.square ins(%x : tensor<4x8xf32>) outs(%0 : tensor<4x8xf32>) -> tensor<4x8xf32>
  %2 = tensor.empty() : tensor<4xf32>
  %3 = linalg.fill ins(%zero : f32) outs(%2 : tensor<4xf32>) -> tensor<4xf32>
  %4 = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>], iterator_types = ["parallel", "reduction"]} ins(%1 : tensor<4x8xf32>) outs(%3 : tensor<4xf32>) {
  ^bb0(%a: f32, %s: f32):
    %b = arith.addf %s, %a : f32
    linalg.yield %b : f32
  } -> tensor<4xf32>
  return %4 : tensor<4xf32>
}

// -----

// A row that one sample reads is computed where it is read; a row that more
// samples read, or an unknown number of them, is not computed again for each.
// CHECK-LABEL: func @row
// CHECK-COUNT-1: linalg.generic
// CHECK-NOT: linalg.generic
// CHECK-LABEL: func @rows
// CHECK-COUNT-2: linalg.generic
// CHECK-LABEL: func @unknown
// CHECK-COUNT-2: linalg.generic
#all = affine_map<(i, j) -> (i, j)>
#last = affine_map<(i, j) -> (j)>
func.func @row(%x: tensor<1x8xf32>, %v: tensor<8xf32>) -> tensor<1x8xf32> {
  %e = tensor.empty() : tensor<8xf32>
  %r = linalg.rsqrt ins(%v : tensor<8xf32>) outs(%e : tensor<8xf32>) -> tensor<8xf32>
  %d = tensor.empty() : tensor<1x8xf32>
  %y = linalg.generic {indexing_maps = [#all, #last, #all], iterator_types = ["parallel", "parallel"]} ins(%x, %r : tensor<1x8xf32>, tensor<8xf32>) outs(%d : tensor<1x8xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %0 = arith.mulf %a, %b : f32
    linalg.yield %0 : f32
  } -> tensor<1x8xf32>
  return %y : tensor<1x8xf32>
}
func.func @rows(%x: tensor<4x8xf32>, %v: tensor<8xf32>) -> tensor<4x8xf32> {
  %e = tensor.empty() : tensor<8xf32>
  %r = linalg.rsqrt ins(%v : tensor<8xf32>) outs(%e : tensor<8xf32>) -> tensor<8xf32>
  %d = tensor.empty() : tensor<4x8xf32>
  %y = linalg.generic {indexing_maps = [#all, #last, #all], iterator_types = ["parallel", "parallel"]} ins(%x, %r : tensor<4x8xf32>, tensor<8xf32>) outs(%d : tensor<4x8xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %0 = arith.mulf %a, %b : f32
    linalg.yield %0 : f32
  } -> tensor<4x8xf32>
  return %y : tensor<4x8xf32>
}
func.func @unknown(%x: tensor<?x?xf32>, %v: tensor<?xf32>, %e: tensor<?xf32>, %d: tensor<?x?xf32>) -> tensor<?x?xf32> {
  %r = linalg.rsqrt ins(%v : tensor<?xf32>) outs(%e : tensor<?xf32>) -> tensor<?xf32>
  %y = linalg.generic {indexing_maps = [#all, #last, #all], iterator_types = ["parallel", "parallel"]} ins(%x, %r : tensor<?x?xf32>, tensor<?xf32>) outs(%d : tensor<?x?xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %0 = arith.mulf %a, %b : f32
    linalg.yield %0 : f32
  } -> tensor<?x?xf32>
  return %y : tensor<?x?xf32>
}

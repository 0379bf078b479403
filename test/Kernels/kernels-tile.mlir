// RUN: coppice-opt %s --target-attach=target=x86-64-v4 --kernels-tile --canonicalize --cse --split-input-file | FileCheck %s
// RUN: coppice-opt %s --target-attach=target=x86-64-v3 --kernels-tile --canonicalize --cse --split-input-file | FileCheck %s --check-prefix=V3
// RUN: coppice-opt %s --kernels-tile --split-input-file | FileCheck %s --check-prefix=NONE

// The fill and the consumer run on the accumulators; rows of x are broadcast.
// Registers are the target's, and narrow without one.
// CHECK-LABEL: func.func @matmul_bias_relu
// CHECK-DAG:     %[[ZERO:.*]] = arith.constant dense<0.000000e+00> : vector<16xf32>
// CHECK-NOT:     linalg
// CHECK-NOT:     memref.alloc
// CHECK:         scf.for %{{.*}} iter_args(%[[A:[a-z0-9]+]] = %[[ZERO]], %{{.*}} = %[[ZERO]]
// CHECK:           %[[X:.*]] = memref.load %{{.*}} : memref<8x24xf32>
// CHECK:           %[[B:.*]] = vector.broadcast %[[X]] : f32 to vector<16xf32>
// CHECK:           %[[W:.*]] = vector.load %{{.*}} : memref<24x16xf32>, vector<16xf32>
// CHECK:           vector.fma %[[B]], %[[W]], %[[A]]
// CHECK:         arith.addf
// CHECK:         arith.maximumf
// CHECK:         vector.store
// CHECK-NOT:     linalg
// V3-LABEL: func.func @matmul_bias_relu
// V3-NOT:     vector<16xf32>
// V3:         vector.fma {{.*}} : vector<8xf32>
// NONE-LABEL: func.func @matmul_bias_relu
// NONE:         vector.fma {{.*}} : vector<4xf32>
func.func @matmul_bias_relu(%x: memref<8x24xf32>, %w: memref<24x16xf32>,
                            %b: memref<16xf32>, %y: memref<8x16xf32>) {
  %zero = arith.constant 0.0 : f32
  %0 = memref.alloc() : memref<8x16xf32>
  linalg.fill ins(%zero : f32) outs(%0 : memref<8x16xf32>)
  linalg.matmul ins(%x, %w : memref<8x24xf32>, memref<24x16xf32>)
      outs(%0 : memref<8x16xf32>)
  linalg.generic {
      indexing_maps = [affine_map<(m, n) -> (m, n)>, affine_map<(m, n) -> (n)>,
                       affine_map<(m, n) -> (m, n)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%0, %b : memref<8x16xf32>, memref<16xf32>) outs(%y : memref<8x16xf32>) {
  ^bb0(%a: f32, %c: f32, %out: f32):
    %s = arith.addf %a, %c : f32
    %r = arith.maximumf %s, %zero : f32
    linalg.yield %r : f32
  }
  return
}

// -----

// Both operands are contiguous along the reduction: its lanes are summed at the
// end, and the tail has a vector of its own.
// CHECK-LABEL: func.func @transposed_weights
// CHECK:         scf.for
// CHECK:           vector.load %{{.*}} : memref<100xf32>, vector<16xf32>
// CHECK:           vector.load %{{.*}} : memref<{{.*}}xf32>, vector<4xf32>
// CHECK:           vector.reduction <add>, %{{.*}} fastmath<reassoc> : vector<16xf32> into f32
// CHECK:           memref.store
func.func @transposed_weights(%x: memref<1x100xf32>, %w: memref<10x100xf32>,
                              %y: memref<1x10xf32>) {
  linalg.generic {
      indexing_maps = [affine_map<(m, n, k) -> (m, k)>,
                       affine_map<(m, n, k) -> (n, k)>,
                       affine_map<(m, n, k) -> (m, n)>],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %w : memref<1x100xf32>, memref<10x100xf32>)
      outs(%y : memref<1x10xf32>) {
  ^bb0(%a: f32, %b: f32, %acc: f32):
    %p = arith.mulf %a, %b : f32
    %s = arith.addf %acc, %p : f32
    linalg.yield %s : f32
  }
  return
}

// -----

// The window's column and the channel are one loop: neighbours in memory.
// CHECK-LABEL: func.func @convolution
// CHECK:         memref.collapse_shape %{{.*}} {{\[\[}}0, 1], [2, 3]] : memref<1x10x10x4xf32> into memref<10x40xf32>
// CHECK:         memref.collapse_shape %{{.*}} {{\[\[}}0], [1, 2], [3]] : memref<3x3x4x16xf32> into memref<3x12x16xf32>
func.func @convolution(%x: memref<1x10x10x4xf32>, %w: memref<3x3x4x16xf32>,
                       %y: memref<1x8x8x16xf32>) {
  linalg.conv_2d_nhwc_hwcf
      ins(%x, %w : memref<1x10x10x4xf32>, memref<3x3x4x16xf32>)
      outs(%y : memref<1x8x8x16xf32>)
  return
}

// -----

// The index of the summed loop is its induction variable, in all lanes; in the
// consumer, that of the lanes counts from where the tile begins.
// CHECK-LABEL: func.func @uses_index
// CHECK-DAG:     %[[STEPS:.*]] = arith.constant dense<[0, 1, 2, {{.*}}, 15]> : vector<16xindex>
// CHECK-NOT:     linalg
// CHECK:         scf.for %[[N:.*]] = %c0 to %c640 step
// CHECK:           scf.for %[[K:.*]] = %c0 to %c50
// CHECK:             %[[SPLAT:.*]] = vector.broadcast %[[K]] : index to vector<16xindex>
// CHECK:             arith.index_cast %[[SPLAT]] : vector<16xindex> to vector<16xi32>
// CHECK:             vector.fma
// CHECK:           %[[FIRST:.*]] = vector.broadcast %[[N]] : index to vector<16xindex>
// CHECK:           %[[LANES:.*]] = arith.addi %[[FIRST]], %[[STEPS]] : vector<16xindex>
// CHECK:           arith.index_cast %[[LANES]] : vector<16xindex> to vector<16xi32>
// CHECK:           vector.store
// CHECK-NOT:     linalg
func.func @uses_index(%x: memref<50x640xf32>, %y: memref<640xf32>) {
  %sum = memref.alloc() : memref<640xf32>
  linalg.generic {
      indexing_maps = [affine_map<(n, k) -> (k, n)>, affine_map<(n, k) -> (n)>],
      iterator_types = ["parallel", "reduction"]}
      ins(%x : memref<50x640xf32>) outs(%sum : memref<640xf32>) {
  ^bb0(%a: f32, %acc: f32):
    %k = linalg.index 1 : index
    %i = arith.index_cast %k : index to i32
    %f = arith.sitofp %i : i32 to f32
    %p = arith.mulf %a, %f : f32
    %s = arith.addf %acc, %p : f32
    linalg.yield %s : f32
  }
  linalg.generic {
      indexing_maps = [affine_map<(n) -> (n)>, affine_map<(n) -> (n)>],
      iterator_types = ["parallel"]}
      ins(%sum : memref<640xf32>) outs(%y : memref<640xf32>) {
  ^bb0(%a: f32, %out: f32):
    %n = linalg.index 0 : index
    %i = arith.index_cast %n : index to i32
    %f = arith.sitofp %i : i32 to f32
    %s = arith.addf %a, %f : f32
    linalg.yield %s : f32
  }
  return
}

// -----

// A kernel without a vector form is left to scalar loops, and tensors to
// bufferization.
// CHECK-LABEL: func.func @looks_up
// CHECK:         linalg.generic
// CHECK:         linalg.matmul
func.func @looks_up(%x: memref<7x5xindex>, %table: memref<256xf32>, %y: memref<7xf32>,
                    %t: tensor<2x2xf32>) -> tensor<2x2xf32> {
  linalg.generic {
      indexing_maps = [affine_map<(m, k) -> (m, k)>, affine_map<(m, k) -> (m)>],
      iterator_types = ["parallel", "reduction"]}
      ins(%x : memref<7x5xindex>) outs(%y : memref<7xf32>) {
  ^bb0(%at: index, %acc: f32):
    %p = memref.load %table[%at] : memref<256xf32>
    %s = arith.addf %acc, %p : f32
    linalg.yield %s : f32
  }
  %0 = linalg.matmul ins(%t, %t : tensor<2x2xf32>, tensor<2x2xf32>)
      outs(%t : tensor<2x2xf32>) -> tensor<2x2xf32>
  return %0 : tensor<2x2xf32>
}

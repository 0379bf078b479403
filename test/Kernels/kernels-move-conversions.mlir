// RUN: coppice-opt %s --kernels-move-conversions --split-input-file | FileCheck %s

#id = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>
#channel = affine_map<(d0, d1, d2, d3) -> (d3)>

// A border of bytes, then the conversion.
// CHECK-LABEL: func @border
func.func @border(%q: tensor<1x2x2x4xi8>, %s: tensor<4xf32>) -> tensor<1x4x4x4xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x2x2x4xf32>
  %wide = linalg.generic {indexing_maps = [#id, #channel, #id], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%q, %s : tensor<1x2x2x4xi8>, tensor<4xf32>) outs(%e : tensor<1x2x2x4xf32>) {
  ^bb0(%a: i8, %b: f32, %o: f32):
    %0 = arith.sitofp %a : i8 to f32
    %1 = arith.mulf %0, %b : f32
    linalg.yield %1 : f32
  } -> tensor<1x2x2x4xf32>
  %f = tensor.empty() : tensor<1x4x4x4xf32>
  %zeros = linalg.fill ins(%zero : f32) outs(%f : tensor<1x4x4x4xf32>) -> tensor<1x4x4x4xf32>
  // CHECK: %[[Z:.*]] = linalg.fill ins(%{{.*}} : i8) outs(%{{.*}} : tensor<1x4x4x4xi8>)
  // CHECK: %[[B:.*]] = tensor.insert_slice %{{.*}} into %[[Z]][0, 1, 1, 0] [1, 2, 2, 4] [1, 1, 1, 1] : tensor<1x2x2x4xi8> into tensor<1x4x4x4xi8>
  // CHECK: linalg.generic {{.*}} ins(%[[B]], %{{.*}} : tensor<1x4x4x4xi8>, tensor<4xf32>)
  %border = tensor.insert_slice %wide into %zeros[0, 1, 1, 0] [1, 2, 2, 4] [1, 1, 1, 1] : tensor<1x2x2x4xf32> into tensor<1x4x4x4xf32>
  return %border : tensor<1x4x4x4xf32>
}

// -----

#id = affine_map<(d0, d1) -> (d0, d1)>

// The border around codes with a zero point is the code of 0.
// CHECK-LABEL: func @zero_point
func.func @zero_point(%q: tensor<2x4xi8>) -> tensor<4x4xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<2x4xf32>
  %wide = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%q : tensor<2x4xi8>) outs(%e : tensor<2x4xf32>) {
  ^bb0(%a: i8, %o: f32):
    %z = arith.constant -7.0 : f32
    %0 = arith.sitofp %a : i8 to f32
    %1 = arith.subf %0, %z : f32
    linalg.yield %1 : f32
  } -> tensor<2x4xf32>
  %f = tensor.empty() : tensor<4x4xf32>
  %zeros = linalg.fill ins(%zero : f32) outs(%f : tensor<4x4xf32>) -> tensor<4x4xf32>
  // CHECK: %[[C:.*]] = arith.constant -7 : i8
  // CHECK: linalg.fill ins(%[[C]] : i8)
  %border = tensor.insert_slice %wide into %zeros[1, 0] [2, 4] [1, 1] : tensor<2x4xf32> into tensor<4x4xf32>
  return %border : tensor<4x4xf32>
}

// -----

#id = affine_map<(d0, d1) -> (d0, d1)>

// A copy in another order moves the narrow ones; channels move with it.
// CHECK-DAG: #[[SWAP:.*]] = affine_map<(d0, d1) -> (d1, d0)>
// CHECK-DAG: #[[FIRST:.*]] = affine_map<(d0, d1) -> (d0)>
// CHECK-LABEL: func @copy
func.func @copy(%q: tensor<2x4xi8>, %s: tensor<4xf32>) -> tensor<4x2xf32> {
  %e = tensor.empty() : tensor<2x4xf32>
  %wide = linalg.generic {indexing_maps = [#id, affine_map<(d0, d1) -> (d1)>, #id], iterator_types = ["parallel", "parallel"]}
      ins(%q, %s : tensor<2x4xi8>, tensor<4xf32>) outs(%e : tensor<2x4xf32>) {
  ^bb0(%a: i8, %b: f32, %o: f32):
    %0 = arith.sitofp %a : i8 to f32
    %1 = arith.mulf %0, %b : f32
    linalg.yield %1 : f32
  } -> tensor<2x4xf32>
  // CHECK: %[[T:.*]] = linalg.generic {indexing_maps = [#[[SWAP]], {{.*}}} ins(%{{.*}} : tensor<2x4xi8>) outs(%{{.*}} : tensor<4x2xi8>)
  // CHECK: linalg.generic {indexing_maps = [{{.*}}, #[[FIRST]], {{.*}}} ins(%[[T]], %{{.*}} : tensor<4x2xi8>, tensor<4xf32>)
  %f = tensor.empty() : tensor<4x2xf32>
  %t = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d1, d0)>, #id], iterator_types = ["parallel", "parallel"]}
      ins(%wide : tensor<2x4xf32>) outs(%f : tensor<4x2xf32>) {
  ^bb0(%a: f32, %o: f32):
    linalg.yield %a : f32
  } -> tensor<4x2xf32>
  return %t : tensor<4x2xf32>
}

// -----

#id = affine_map<(d0) -> (d0)>

// The pieces of a whole are narrowed one by one; the wide whole never exists.
// CHECK-LABEL: func @pieces
func.func @pieces(%a: tensor<2xf32>, %b: tensor<2xf32>) -> tensor<4xbf16> {
  // CHECK: %[[A:.*]] = linalg.generic {{.*}} ins(%{{.*}} : tensor<2xf32>) outs(%{{.*}} : tensor<2xbf16>)
  // CHECK: tensor.insert_slice %[[A]] into %{{.*}}[0] [2] [2] : tensor<2xbf16> into tensor<4xbf16>
  // CHECK: tensor.insert_slice %{{.*}} into %{{.*}}[1] [2] [2] : tensor<2xbf16> into tensor<4xbf16>
  %e = tensor.empty() : tensor<4xf32>
  %0 = tensor.insert_slice %a into %e[0] [2] [2] : tensor<2xf32> into tensor<4xf32>
  %1 = tensor.insert_slice %b into %0[1] [2] [2] : tensor<2xf32> into tensor<4xf32>
  %f = tensor.empty() : tensor<4xbf16>
  %n = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%1 : tensor<4xf32>) outs(%f : tensor<4xbf16>) {
  ^bb0(%x: f32, %o: bf16):
    %y = arith.truncf %x : f32 to bf16
    linalg.yield %y : bf16
  } -> tensor<4xbf16>
  // CHECK-NOT: arith.truncf
  // CHECK: return
  return %n : tensor<4xbf16>
}

// -----

#id = affine_map<(d0, d1) -> (d0, d1)>

// Numbers that channels are multiplied by go with the conversion.
// CHECK-LABEL: func @scaled
func.func @scaled(%n: tensor<2x4xbf16>, %s: tensor<4xf32>) -> tensor<4x4xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<2x4xf32>
  %wide = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%n : tensor<2x4xbf16>) outs(%e : tensor<2x4xf32>) {
  ^bb0(%a: bf16, %o: f32):
    %0 = arith.extf %a : bf16 to f32
    linalg.yield %0 : f32
  } -> tensor<2x4xf32>
  %scaled = linalg.generic {indexing_maps = [#id, affine_map<(d0, d1) -> (d1)>, #id], iterator_types = ["parallel", "parallel"]}
      ins(%wide, %s : tensor<2x4xf32>, tensor<4xf32>) outs(%e : tensor<2x4xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %0 = arith.mulf %a, %b : f32
    linalg.yield %0 : f32
  } -> tensor<2x4xf32>
  // CHECK: %[[B:.*]] = tensor.insert_slice %arg0 into %{{.*}} : tensor<2x4xbf16> into tensor<4x4xbf16>
  // CHECK: linalg.generic {{.*}} ins(%[[B]], %{{.*}} : tensor<4x4xbf16>, tensor<4xf32>)
  // CHECK: arith.extf
  // CHECK-NEXT: arith.mulf
  %f = tensor.empty() : tensor<4x4xf32>
  %zeros = linalg.fill ins(%zero : f32) outs(%f : tensor<4x4xf32>) -> tensor<4x4xf32>
  %border = tensor.insert_slice %scaled into %zeros[1, 0] [2, 4] [1, 1] : tensor<2x4xf32> into tensor<4x4xf32>
  return %border : tensor<4x4xf32>
}

// -----

#id = affine_map<(d0, d1) -> (d0, d1)>

// A part of the channels takes its numbers alone, where it begins with the
// first as elsewhere.
// CHECK-LABEL: func @channels
func.func @channels(%n: tensor<2x8xi8>, %s: tensor<8xf32>) -> (tensor<2x4xf32>, tensor<2x4xf32>) {
  %e = tensor.empty() : tensor<2x8xf32>
  %wide = linalg.generic {indexing_maps = [#id, affine_map<(d0, d1) -> (d1)>, #id], iterator_types = ["parallel", "parallel"]}
      ins(%n, %s : tensor<2x8xi8>, tensor<8xf32>) outs(%e : tensor<2x8xf32>) {
  ^bb0(%a: i8, %b: f32, %o: f32):
    %0 = arith.sitofp %a : i8 to f32
    %1 = arith.mulf %0, %b : f32
    linalg.yield %1 : f32
  } -> tensor<2x8xf32>
  // CHECK: %[[N:.*]] = tensor.extract_slice %arg0[0, 0] [2, 4]
  // CHECK: %[[S:.*]] = tensor.extract_slice %arg1[0] [4]
  // CHECK: linalg.generic {{.*}} ins(%[[N]], %[[S]] : tensor<2x4xi8>, tensor<4xf32>)
  %first = tensor.extract_slice %wide[0, 0] [2, 4] [1, 1] : tensor<2x8xf32> to tensor<2x4xf32>
  // CHECK: %[[M:.*]] = tensor.extract_slice %arg0[0, 3] [2, 4]
  // CHECK: linalg.generic {{.*}} ins(%[[M]], %arg1 : tensor<2x4xi8>, tensor<8xf32>)
  %other = tensor.extract_slice %wide[0, 3] [2, 4] [1, 1] : tensor<2x8xf32> to tensor<2x4xf32>
  return %first, %other : tensor<2x4xf32>, tensor<2x4xf32>
}

// An element that a body reads at an index is converted there.
// CHECK-LABEL: func @extracted
// CHECK-SAME: (%[[CODES:.*]]: tensor<12xi8>,
// CHECK: linalg.generic {{.*}} ins(%{{.*}} : tensor<3xindex>)
// CHECK: %[[CODE:.*]] = tensor.extract %[[CODES]]
// CHECK: arith.sitofp %[[CODE]] : i8 to f32
func.func @extracted(%codes: tensor<12xi8>, %at: tensor<3xindex>) -> tensor<3xf32> {
  %e = tensor.empty() : tensor<12xf32>
  %wide = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>], iterator_types = ["parallel"]}
      ins(%codes : tensor<12xi8>) outs(%e : tensor<12xf32>) {
  ^bb0(%in: i8, %out: f32):
    %0 = arith.sitofp %in : i8 to f32
    linalg.yield %0 : f32
  } -> tensor<12xf32>
  %d = tensor.empty() : tensor<3xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>], iterator_types = ["parallel"]}
      ins(%at : tensor<3xindex>) outs(%d : tensor<3xf32>) {
  ^bb0(%in: index, %out: f32):
    %0 = tensor.extract %wide[%in] : tensor<12xf32>
    linalg.yield %0 : f32
  } -> tensor<3xf32>
  return %r : tensor<3xf32>
}

// A sum of codes saturates instead of wrapping, for all 65,536 pairs of bytes,
// and its gradient passes where the code did not leave the range before it was
// clamped, whatever it is afterwards. The compiler that Coppice is measured
// against wraps, and masks by the clamped code.
// RUN: coppice-opt %s --lowp-split-clamps --train-autodiff --train-lower-saved | coppice-run -

!a = !quant.uniform<i8:f32, 0.023000000044703484:-7>
!b = !quant.uniform<i8:f32, 0.03099999949336052:11>
!y = !quant.uniform<i8:f32, 0.027000000700354576:3>
#id = affine_map<(d0, d1) -> (d0, d1)>
#rows = affine_map<(d0, d1) -> (d0)>

func.func @add() {
  %none = tensor.empty() : tensor<256xi8>
  %all = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} outs(%none : tensor<256xi8>) {
  ^bb0(%o: i8):
    %i = linalg.index 0 : index
    %c = arith.index_cast %i : index to i8
    linalg.yield %c : i8
  } -> tensor<256xi8>
  %column = tensor.expand_shape %all [[0, 1]] output_shape [256, 1] : tensor<256xi8> into tensor<256x1xi8>
  %row = tensor.expand_shape %all [[0, 1]] output_shape [1, 256] : tensor<256xi8> into tensor<1x256xi8>
  %a = quant.scast %column : tensor<256x1xi8> to tensor<256x1x!a>
  %b = quant.scast %row : tensor<1x256xi8> to tensor<1x256x!b>
  %y = nn.add %a, %b : tensor<256x1x!a>, tensor<1x256x!b> -> tensor<256x256x!y>
  %codes = quant.scast %y : tensor<256x256x!y> to tensor<256x256xi8>
  %real = lowp.dequantize %y : tensor<256x256x!y> -> tensor<256x256xf32>
  %loss = nn.reduce sum %real {axes = array<i64: 0, 1>} : (tensor<256x256xf32>) -> tensor<f32>
  %da = train.gradient %loss wrt %a : (tensor<f32>, tensor<256x1x!a>) -> tensor<256x1xf32>

  // By the definition, unclamped.
  %wide = tensor.empty() : tensor<256x256xi32>
  %unclamped = linalg.generic {indexing_maps = [#id], iterator_types = ["parallel", "parallel"]} outs(%wide : tensor<256x256xi32>) {
  ^bb0(%o: i32):
    %i = linalg.index 0 : index
    %j = linalg.index 1 : index
    %i8 = arith.index_cast %i : index to i8
    %j8 = arith.index_cast %j : index to i8
    %i64 = arith.sitofp %i8 : i8 to f64
    %j64 = arith.sitofp %j8 : i8 to f64
    %za = arith.constant -7.0 : f64
    %zb = arith.constant 11.0 : f64
    %sa = arith.constant 0.023000000044703484 : f64
    %sb = arith.constant 0.03099999949336052 : f64
    %sy = arith.constant 0.027000000700354576 : f64
    %zy = arith.constant 3 : i32
    %qa = arith.subf %i64, %za : f64
    %qb = arith.subf %j64, %zb : f64
    %ra = arith.mulf %qa, %sa : f64
    %rb = arith.mulf %qb, %sb : f64
    %sum = arith.addf %ra, %rb : f64
    %quotient = arith.divf %sum, %sy : f64
    %rounded = math.roundeven %quotient : f64
    %integer = arith.fptosi %rounded : f64 to i32
    %code = arith.addi %integer, %zy : i32
    linalg.yield %code : i32
  } -> tensor<256x256xi32>
  %narrow = tensor.empty() : tensor<256x256xi8>
  %codes_e = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%unclamped : tensor<256x256xi32>) outs(%narrow : tensor<256x256xi8>) {
  ^bb0(%u: i32, %o: i8):
    %low = arith.constant -128 : i32
    %high = arith.constant 127 : i32
    %above = arith.maxsi %u, %low : i32
    %clamped = arith.minsi %above, %high : i32
    %code = arith.trunci %clamped : i32 to i8
    linalg.yield %code : i8
  } -> tensor<256x256xi8>
  check.expect_eq %codes, %codes_e : tensor<256x256xi8>

  // The gradient of a row is how many of its sums stayed in the range.
  %zero = arith.constant dense<0.0> : tensor<256xf32>
  %counts = linalg.generic {indexing_maps = [#id, #rows], iterator_types = ["parallel", "reduction"]} ins(%unclamped : tensor<256x256xi32>) outs(%zero : tensor<256xf32>) {
  ^bb0(%u: i32, %o: f32):
    %low = arith.constant -128 : i32
    %high = arith.constant 127 : i32
    %above = arith.cmpi sge, %u, %low : i32
    %below = arith.cmpi sle, %u, %high : i32
    %inside = arith.andi %above, %below : i1
    %one = arith.uitofp %inside : i1 to f32
    %sum = arith.addf %o, %one : f32
    linalg.yield %sum : f32
  } -> tensor<256xf32>
  %da_e = tensor.expand_shape %counts [[0, 1]] output_shape [256, 1] : tensor<256xf32> into tensor<256x1xf32>
  check.expect_almost_eq %da, %da_e {tolerance = 1.0e-6} : tensor<256x1xf32>
  return
}

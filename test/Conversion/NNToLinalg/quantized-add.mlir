// All 65,536 pairs of codes: the sum saturates, and the mask of the clamp says
// where it did. Sums of codes times weights stand for the codes.
// RUN: coppice-run %s
// RUN: coppice-run %s --kernels

func.func @narrow() {
  %empty = tensor.empty() : tensor<256xi8>
  %all = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} outs(%empty : tensor<256xi8>) {
  ^bb0(%o: i8):
    %i = linalg.index 0 : index
    %least = arith.constant -128 : index
    %j = arith.addi %i, %least : index
    %c = arith.index_cast %j : index to i8
    linalg.yield %c : i8
  } -> tensor<256xi8>
  %column = tensor.expand_shape %all [[0, 1]] output_shape [256, 1] : tensor<256xi8> into tensor<256x1xi8>
  %row = tensor.expand_shape %all [[0, 1]] output_shape [1, 256] : tensor<256xi8> into tensor<1x256xi8>
  %a = quant.scast %column : tensor<256x1xi8> to tensor<256x1x!quant.uniform<i8:f32, 0.023000000044703484:-7>>
  %b = quant.scast %row : tensor<1x256xi8> to tensor<1x256x!quant.uniform<i8:f32, 0.03099999949336052:11>>
  %y = nn.add %a, %b : tensor<256x1x!quant.uniform<i8:f32, 0.023000000044703484:-7>>, tensor<1x256x!quant.uniform<i8:f32, 0.03099999949336052:11>> -> tensor<256x256x!quant.uniform<i8:f32, 0.027000000700354576:3>>
  %codes = quant.scast %y : tensor<256x256x!quant.uniform<i8:f32, 0.027000000700354576:3>> to tensor<256x256xi8>
  %flat = tensor.collapse_shape %codes [[0, 1]] : tensor<256x256xi8> into tensor<65536xi8>
  %total_zero = arith.constant dense<0> : tensor<i64>
  %total = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> ()>], iterator_types = ["reduction"]}
      ins(%flat : tensor<65536xi8>) outs(%total_zero : tensor<i64>) {
  ^bb0(%code: i8, %sum: i64):
    %i = linalg.index 0 : index
    %n = arith.index_cast %i : index to i64
    %c1 = arith.constant 7919 : i64
    %c2 = arith.constant 13 : i64
    %c3 = arith.constant 65521 : i64
    %m = arith.muli %n, %c1 : i64
    %t = arith.addi %m, %c2 : i64
    %weight = arith.remui %t, %c3 : i64
    %wide = arith.extsi %code : i8 to i64
    %p = arith.muli %wide, %weight : i64
    %s = arith.addi %sum, %p : i64
    linalg.yield %s : i64
  } -> tensor<i64>
  %total_e = arith.constant dense<-7693229318> : tensor<i64>
  check.expect_eq %total, %total_e : tensor<i64>
  return
}

func.func @wide() {
  %empty = tensor.empty() : tensor<256xi8>
  %all = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} outs(%empty : tensor<256xi8>) {
  ^bb0(%o: i8):
    %i = linalg.index 0 : index
    %least = arith.constant -128 : index
    %j = arith.addi %i, %least : index
    %c = arith.index_cast %j : index to i8
    linalg.yield %c : i8
  } -> tensor<256xi8>
  %column = tensor.expand_shape %all [[0, 1]] output_shape [256, 1] : tensor<256xi8> into tensor<256x1xi8>
  %row = tensor.expand_shape %all [[0, 1]] output_shape [1, 256] : tensor<256xi8> into tensor<1x256xi8>
  %a = quant.scast %column : tensor<256x1xi8> to tensor<256x1x!quant.uniform<i8:f32, 0.023000000044703484:-7>>
  %b = quant.scast %row : tensor<1x256xi8> to tensor<1x256x!quant.uniform<i8:f32, 0.03099999949336052:11>>
  %w = nn.add %a, %b : tensor<256x1x!quant.uniform<i8:f32, 0.023000000044703484:-7>>, tensor<1x256x!quant.uniform<i8:f32, 0.03099999949336052:11>> -> tensor<256x256x!quant.uniform<i16:f32, 0.027000000700354576:3>>
  %wide_codes = quant.scast %w : tensor<256x256x!quant.uniform<i16:f32, 0.027000000700354576:3>> to tensor<256x256xi16>
  %wide_flat = tensor.collapse_shape %wide_codes [[0, 1]] : tensor<256x256xi16> into tensor<65536xi16>
  %wide_sum_zero = arith.constant dense<0> : tensor<i64>
  %wide_sum = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> ()>], iterator_types = ["reduction"]}
      ins(%wide_flat : tensor<65536xi16>) outs(%wide_sum_zero : tensor<i64>) {
  ^bb0(%code: i16, %sum: i64):
    %i = linalg.index 0 : index
    %n = arith.index_cast %i : index to i64
    %c1 = arith.constant 7919 : i64
    %c2 = arith.constant 13 : i64
    %c3 = arith.constant 65521 : i64
    %m = arith.muli %n, %c1 : i64
    %t = arith.addi %m, %c2 : i64
    %weight = arith.remui %t, %c3 : i64
    %wide = arith.extsi %code : i16 to i64
    %p = arith.muli %wide, %weight : i64
    %s = arith.addi %sum, %p : i64
    linalg.yield %s : i64
  } -> tensor<i64>
  %wide_sum_e = arith.constant dense<-9981980830> : tensor<i64>
  check.expect_eq %wide_sum, %wide_sum_e : tensor<i64>
  %y, %mask = lowp.clamp %w : tensor<256x256x!quant.uniform<i16:f32, 0.027000000700354576:3>> -> tensor<256x256x!quant.uniform<i8:f32, 0.027000000700354576:3>>, tensor<8192xi8>
  %codes = quant.scast %y : tensor<256x256x!quant.uniform<i8:f32, 0.027000000700354576:3>> to tensor<256x256xi8>
  %flat = tensor.collapse_shape %codes [[0, 1]] : tensor<256x256xi8> into tensor<65536xi8>
  %total_zero = arith.constant dense<0> : tensor<i64>
  %total = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> ()>], iterator_types = ["reduction"]}
      ins(%flat : tensor<65536xi8>) outs(%total_zero : tensor<i64>) {
  ^bb0(%code: i8, %sum: i64):
    %i = linalg.index 0 : index
    %n = arith.index_cast %i : index to i64
    %c1 = arith.constant 7919 : i64
    %c2 = arith.constant 13 : i64
    %c3 = arith.constant 65521 : i64
    %m = arith.muli %n, %c1 : i64
    %t = arith.addi %m, %c2 : i64
    %weight = arith.remui %t, %c3 : i64
    %wide = arith.extsi %code : i8 to i64
    %p = arith.muli %wide, %weight : i64
    %s = arith.addi %sum, %p : i64
    linalg.yield %s : i64
  } -> tensor<i64>
  %total_e = arith.constant dense<-7693229318> : tensor<i64>
  check.expect_eq %total, %total_e : tensor<i64>
  %bits_zero = arith.constant dense<0> : tensor<i64>
  %bits = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> ()>], iterator_types = ["reduction"]}
      ins(%mask : tensor<8192xi8>) outs(%bits_zero : tensor<i64>) {
  ^bb0(%code: i8, %sum: i64):
    %i = linalg.index 0 : index
    %n = arith.index_cast %i : index to i64
    %c1 = arith.constant 7919 : i64
    %c2 = arith.constant 13 : i64
    %c3 = arith.constant 65521 : i64
    %m = arith.muli %n, %c1 : i64
    %t = arith.addi %m, %c2 : i64
    %weight = arith.remui %t, %c3 : i64
    %wide = arith.extsi %code : i8 to i64
    %p = arith.muli %wide, %weight : i64
    %s = arith.addi %sum, %p : i64
    linalg.yield %s : i64
  } -> tensor<i64>
  %bits_e = arith.constant dense<-203556824> : tensor<i64>
  check.expect_eq %bits, %bits_e : tensor<i64>
  return
}

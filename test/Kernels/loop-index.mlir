// The index of a loop in a body: a constant vector counts along the lanes; the
// remainders go on where the whole vectors end.
// RUN: coppice-run %s
// RUN: coppice-run %s --kernels

// Row-major over both loops, which become one.
func.func @row_major() {
  %empty = tensor.empty() : tensor<3x11xi32>
  %y = linalg.generic {
      indexing_maps = [affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
      outs(%empty : tensor<3x11xi32>) {
  ^bb0(%out: i32):
    %width = arith.constant 11 : index
    %i = linalg.index 0 : index
    %j = linalg.index 1 : index
    %row = arith.muli %i, %width : index
    %flat = arith.addi %row, %j : index
    %s = arith.index_cast %flat : index to i32
    linalg.yield %s : i32
  } -> tensor<3x11xi32>
  %e = arith.constant dense<[[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10], [11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21], [22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32]]> : tensor<3x11xi32>
  check.expect_eq %y, %e : tensor<3x11xi32>
  return
}

// Not row-major: the loops stay two, with the lanes along the inner one.
func.func @lanes_inner() {
  %empty = tensor.empty() : tensor<3x11xi32>
  %y = linalg.generic {
      indexing_maps = [affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
      outs(%empty : tensor<3x11xi32>) {
  ^bb0(%out: i32):
    %hundred = arith.constant 100 : index
    %seven = arith.constant 7 : index
    %i = linalg.index 0 : index
    %j = linalg.index 1 : index
    %row = arith.muli %i, %hundred : index
    %down = arith.subi %seven, %j : index
    %at = arith.addi %row, %down : index
    %s = arith.index_cast %at : index to i32
    linalg.yield %s : i32
  } -> tensor<3x11xi32>
  %e = arith.constant dense<[[7, 6, 5, 4, 3, 2, 1, 0, -1, -2, -3], [107, 106, 105, 104, 103, 102, 101, 100, 99, 98, 97], [207, 206, 205, 204, 203, 202, 201, 200, 199, 198, 197]]> : tensor<3x11xi32>
  check.expect_eq %y, %e : tensor<3x11xi32>
  return
}

// The lanes are along the outer loop, which is contiguous in the result.
func.func @lanes_outer() {
  %empty = tensor.empty() : tensor<3x11xi32>
  %y = linalg.generic {
      indexing_maps = [affine_map<(i, j) -> (j, i)>], iterator_types = ["parallel", "parallel"]}
      outs(%empty : tensor<3x11xi32>) {
  ^bb0(%out: i32):
    %hundred = arith.constant 100 : index
    %seven = arith.constant 7 : index
    %i = linalg.index 0 : index
    %j = linalg.index 1 : index
    %row = arith.muli %i, %hundred : index
    %down = arith.subi %seven, %j : index
    %at = arith.addi %row, %down : index
    %s = arith.index_cast %at : index to i32
    linalg.yield %s : i32
  } -> tensor<3x11xi32>
  %e = arith.constant dense<[[7, 107, 207, 307, 407, 507, 607, 707, 807, 907, 1007], [6, 106, 206, 306, 406, 506, 606, 706, 806, 906, 1006], [5, 105, 205, 305, 405, 505, 605, 705, 805, 905, 1005]]> : tensor<3x11xi32>
  check.expect_eq %y, %e : tensor<3x11xi32>
  return
}

// The lanes are summed over.
func.func @lanes_of_a_sum() {
  %x = arith.constant dense<[[-1, 2, 7, -9, 5, -2, -8, -4, -6, 2, 6, -2, 3, 8, -6, 9, -2, -9, -3, 4, -1], [-4, 3, -4, -7, -5, 5, -5, -5, -9, -9, -3, -3, -4, -4, 0, 1, -3, 8, -3, -4, -3]]> : tensor<2x21xi32>
  %zero = arith.constant dense<0> : tensor<2xi32>
  %y = linalg.generic {
      indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>],
      iterator_types = ["parallel", "reduction"]}
      ins(%x : tensor<2x21xi32>) outs(%zero : tensor<2xi32>) {
  ^bb0(%v: i32, %sum: i32):
    %k = linalg.index 1 : index
    %weight = arith.index_cast %k : index to i32
    %p = arith.muli %v, %weight : i32
    %s = arith.addi %sum, %p : i32
    linalg.yield %s : i32
  } -> tensor<2xi32>
  %e = arith.constant dense<[-61, -489]> : tensor<2xi32>
  check.expect_eq %y, %e : tensor<2xi32>
  return
}

// The index is that of the summed loop, the lanes are along the other.
func.func @index_of_a_sum() {
  %x = arith.constant dense<[[3, 0, -9, 2, 4, -4, -5, -1, -7, 1, 0, 9, -9], [1, -7, 0, 2, 0, 6, 1, -4, 6, 6, -4, -8, -1], [-9, 2, 3, -9, 8, 4, 2, 3, 9, -9, 5, -8, -4], [-3, -6, -2, 5, 2, 7, 2, 7, -1, 5, -6, 9, 2], [0, -8, 4, -7, -3, 1, 7, 2, -5, 1, -1, 8, -7]]> : tensor<5x13xi32>
  %zero = arith.constant dense<0> : tensor<13xi32>
  %y = linalg.generic {
      indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (j)>],
      iterator_types = ["reduction", "parallel"]}
      ins(%x : tensor<5x13xi32>) outs(%zero : tensor<13xi32>) {
  ^bb0(%v: i32, %sum: i32):
    %k = linalg.index 0 : index
    %weight = arith.index_cast %k : index to i32
    %p = arith.muli %v, %weight : i32
    %s = arith.addi %sum, %p : i32
    linalg.yield %s : i32
  } -> tensor<13xi32>
  %e = arith.constant dense<[-26, -53, 16, -29, 10, 39, 39, 31, 1, 7, -16, 35, -31]> : tensor<13xi32>
  check.expect_eq %y, %e : tensor<13xi32>
  return
}

// An epilogue has the indices of its kernel's loops.
func.func @epilogue() {
  %a = arith.constant dense<[[0.0, 1.0, 0.0, -2.0], [-3.0, -2.0, 0.0, 3.0], [-2.0, -4.0, -3.0, 4.0]]> : tensor<3x4xf32>
  %w = arith.constant dense<[[2.0, -4.0, -1.0, 1.0, 0.0, 3.0, 2.0, -2.0, -4.0, -4.0, 3.0], [1.0, -1.0, -2.0, -2.0, 2.0, -3.0, -2.0, 2.0, 1.0, -2.0, -4.0], [2.0, 0.0, -2.0, 3.0, -2.0, 4.0, 3.0, 3.0, 1.0, 3.0, 0.0], [0.0, 3.0, 2.0, -2.0, -3.0, 2.0, 4.0, -2.0, 3.0, 1.0, -2.0]]> : tensor<4x11xf32>
  %p = nn.matmul %a, %w : (tensor<3x4xf32>, tensor<4x11xf32>) -> tensor<3x11xf32>
  %empty = tensor.empty() : tensor<3x11xf32>
  %y = linalg.generic {
      indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%p : tensor<3x11xf32>) outs(%empty : tensor<3x11xf32>) {
  ^bb0(%v: f32, %out: f32):
    %hundred = arith.constant 100 : index
    %i = linalg.index 0 : index
    %j = linalg.index 1 : index
    %row = arith.muli %i, %hundred : index
    %at = arith.addi %row, %j : index
    %n = arith.index_cast %at : index to i32
    %number = arith.sitofp %n : i32 to f32
    %s = arith.addf %v, %number : f32
    linalg.yield %s : f32
  } -> tensor<3x11xf32>
  %e = arith.constant dense<[[1.0, -6.0, -4.0, 5.0, 12.0, -2.0, -4.0, 13.0, 3.0, 5.0, 10.0], [92.0, 124.0, 115.0, 98.0, 91.0, 108.0, 116.0, 103.0, 127.0, 128.0, 103.0], [186.0, 225.0, 226.0, 192.0, 190.0, 207.0, 217.0, 186.0, 221.0, 220.0, 212.0]]> : tensor<3x11xf32>
  check.expect_eq %y, %e : tensor<3x11xf32>
  return
}

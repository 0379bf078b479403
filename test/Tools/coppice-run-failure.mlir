// RUN: not coppice-run %s 2>&1 | FileCheck %s

func.func @almost() {
  %a = arith.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>
  %b = arith.constant dense<[[1.0, 2.0], [3.5, 4.0]]> : tensor<2x2xf32>
  // CHECK: coppice-run-failure.mlir:[[@LINE+1]]:3: error: [1, 0] is 3, expected 3.5
  check.expect_almost_eq %a, %b : tensor<2x2xf32>
  check.expect_almost_eq %a, %b {tolerance = 0.25} : tensor<2x2xf32>
  return
}

func.func @many() {
  %a = arith.constant dense<-1> : tensor<8xi8>
  %b = arith.constant dense<1> : tensor<8xi8>
  // CHECK: coppice-run-failure.mlir:[[@LINE+2]]:3: error: [0] is -1, expected 1
  // CHECK: coppice-run-failure.mlir:[[@LINE+1]]:3: note: 8 of 8 elements differ
  check.expect_eq %a, %b : tensor<8xi8>
  return
}
// CHECK: 2 of 3 checks failed

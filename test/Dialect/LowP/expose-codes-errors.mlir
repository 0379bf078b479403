// RUN: coppice-opt %s --lowp-expose-codes --split-input-file --verify-diagnostics
// RUN: not coppice-opt %s --lowp-expose-codes=function=predict 2>&1 | FileCheck %s
// CHECK: error: no function @predict with one block, whose codes could be returned

// expected-error @below {{no function @infer with one block, whose codes could be returned}}
module {
  func.func private @infer(tensor<4xf32>) -> tensor<4xf32>
}

// -----

// expected-error @below {{no function @infer with one block}}
module {
  func.func @infer(%x: tensor<4xf32>) -> tensor<4xf32> {
    cf.br ^next
  ^next:
    return %x : tensor<4xf32>
  }
}

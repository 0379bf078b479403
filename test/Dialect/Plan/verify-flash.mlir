// RUN: not coppice-opt %s --plan-memory=flash-budget=95 2>&1 | FileCheck %s
// RUN: coppice-opt %s --plan-memory=flash-budget=96 | FileCheck %s --check-prefix=FITS

// A constant, and the initial value of what is in the state; one that is the
// same everywhere is code. One error says all.
// CHECK: error: the model needs 96 bytes of flash for data (64 of constants and frozen parameters, 32 of initial values), the budget is 95
// CHECK: note: "frozen" holds 64 bytes
// CHECK: note: "w" holds 32 bytes of initial values
// CHECK: note: code comes on top
// CHECK-NOT: error
// FITS: func @infer
module attributes {train.state_bytes = 128 : i64} {
  memref.global "private" constant @frozen : memref<16xf32> = dense<1.0>
  train.parameter @w : tensor<8xf32> = dense<[0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]> : tensor<8xf32> {state_offset = 0 : i64}
  train.parameter @zero : tensor<16xf32> = dense<0.0> : tensor<16xf32> {state_offset = 64 : i64}
  func.func @infer(%x: memref<64xf32>) {
    return
  }
}

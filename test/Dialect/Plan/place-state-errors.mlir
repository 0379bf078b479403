// RUN: coppice-opt %s --plan-place-state --verify-diagnostics --split-input-file

train.parameter @w : tensor<16xf32> = dense<0.0> : tensor<16xf32>
// expected-error @below {{argument 0 of "train" holds @w, which has no state_offset; --train-bind-state gives it one}}
func.func @train(%w: memref<16xf32> {train.state = @w}) {
  return
}

// -----

// expected-error @below {{argument 0 of "train" holds @w, which is no train.parameter}}
func.func @train(%w: memref<16xf32> {train.state = @w}) {
  return
}

// -----

module attributes {train.state_bytes = 64 : i64} {
  train.parameter @w : tensor<16xf32> = dense<0.0> : tensor<16xf32> {state_offset = 64 : i64}
  // expected-error @below {{argument 0 of "train" ends at byte 128 of a state of 64}}
  func.func @train(%w: memref<16xf32> {train.state = @w}) {
    return
  }
}

// RUN: coppice-opt %s --plan-place-state --verify-diagnostics --split-input-file

train.parameter @w : tensor<16xf32> = dense<0.0> : tensor<16xf32>
// expected-error @below {{argument 0 of "train" holds @w, which has no state_offset; --train-bind-state gives it one}}
func.func @train(%w: memref<16xf32> {coppice.role = #coppice.role<parameter @w>}) {
  return
}

// -----

// expected-error @below {{argument 0 of "train" holds @w, which is no train.parameter}}
func.func @train(%w: memref<16xf32> {coppice.role = #coppice.role<parameter @w>}) {
  return
}

// -----

module attributes {train.state_bytes = 64 : i64} {
  train.parameter @w : tensor<16xf32> = dense<0.0> : tensor<16xf32> {state_offset = 64 : i64}
  // expected-error @below {{argument 0 of "train" takes 64 bytes from byte 64 of a state of 64}}
  func.func @train(%w: memref<16xf32> {coppice.role = #coppice.role<parameter @w>}) {
    return
  }
}

// -----

// Two parameters in the same bytes: a step would write over one of them.
module attributes {train.state_bytes = 128 : i64} {
  // expected-note @below {{@v ends at byte 128}}
  train.parameter @v : tensor<32xf32> = dense<0.0> : tensor<32xf32> {state_offset = 0 : i64}
  // expected-error @below {{at byte 64 of the state is in the bytes of another parameter}}
  train.parameter @w : tensor<16xf32> = dense<0.0> : tensor<16xf32> {state_offset = 64 : i64}
  func.func @train(%v: memref<32xf32> {coppice.role = #coppice.role<parameter @v>}, %w: memref<16xf32> {coppice.role = #coppice.role<parameter @w>}) {
    return
  }
}

// -----

// A sum that is beyond what 64 bits hold.
module attributes {train.state_bytes = 64 : i64} {
  train.parameter @w : tensor<32xf32> = dense<0.0> : tensor<32xf32> {state_offset = 9223372036854775744 : i64}
  // expected-error @below {{takes 128 bytes from byte 9223372036854775744 of a state of 64}}
  func.func @train(%w: memref<32xf32> {coppice.role = #coppice.role<parameter @w>}) {
    return
  }
}

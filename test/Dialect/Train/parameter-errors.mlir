// RUN: coppice-opt %s --verify-diagnostics --split-input-file

// expected-error @below {{value has 8 bytes, but 'tensor<4xf32>' takes 16}}
train.parameter @short : tensor<4xf32> = dense_resource<cut> : tensor<4xf32>

{-#
  dialect_resources: { builtin: { cut: "0x040000000000803F00000040" } }
#-}

// -----

// Data that are elided are missing, not short.
train.parameter @elided : tensor<4xf32> = dense_resource<nowhere> : tensor<4xf32>

// RUN: coppice-opt %s --plan-schedule --verify-diagnostics --split-input-file

// expected-error @below {{has branches between blocks}}
func.func @branches() {
  cf.br ^exit
^exit:
  return
}

// -----

func.func @scheduled(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = bufferization.alloc_tensor() : tensor<4xf32>
  // expected-error @below {{has outs already; only kernels without outs, as --plan-form-kernels makes them, can be scheduled}}
  %1 = plan.kernel ins(%x : tensor<4xf32>) outs(%0 : tensor<4xf32>) {
  ^bb0(%in0: tensor<4xf32>, %out0: tensor<4xf32>):
    %2 = nn.exp %in0 : tensor<4xf32>
    %3 = bufferization.materialize_in_destination %2 in %out0 : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
    plan.yield %3 : tensor<4xf32>
  } -> tensor<4xf32>
  return %1 : tensor<4xf32>
}

// -----

func.func @buffers(%x: memref<4xf32>, %y: memref<4xf32>) {
  // expected-error @below {{has outs already}}
  plan.kernel ins(%x : memref<4xf32>) outs(%y : memref<4xf32>) {
  ^bb0(%in0: memref<4xf32>, %out0: memref<4xf32>):
    memref.copy %in0, %out0 : memref<4xf32> to memref<4xf32>
    plan.yield
  }
  return
}

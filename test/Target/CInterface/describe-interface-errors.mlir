// RUN: coppice-opt %s --target-describe-interface --verify-diagnostics --split-input-file

// expected-error@+1 {{has no function @infer, so there is nothing to call}}
module {
  func.func @train(%state: memref<64xi8>, %arena: memref<64xi8>) {
    return
  }
}

// -----

module {
  // expected-error@+1 {{its last arguments must be state and arena}}
  func.func @infer(%x: memref<4xf32>, %y: memref<4xf32> {train.output}) {
    return
  }
}

// -----

module {
  func.func @infer(%x: memref<4xf32>, %state: memref<0xi8>, %arena: memref<0xi8>) {
    return
  }
  // expected-error@+1 {{takes input 'input0' as 'memref<8xf32>', but @infer as 'memref<4xf32>': one struct cannot hold both}}
  func.func @train(%x: memref<8xf32>, %loss: memref<f32> {train.output}, %state: memref<0xi8>, %arena: memref<0xi8>) {
    return
  }
}

// -----

module {
  func.func @infer(%x: memref<4xf32>, %state: memref<0xi8>, %arena: memref<0xi8>) {
    return
  }
  // expected-error@+1 {{is a training step, so its first output must be the loss}}
  func.func @train(%x: memref<4xf32>, %labels: memref<4xi64>, %y: memref<4xf32> {train.output}, %state: memref<0xi8>, %arena: memref<0xi8>) {
    return
  }
}

// -----

module {
  // expected-error@+1 {{the initial value's resource is not in this file}}
  train.parameter @w : tensor<4xf32> = dense_resource<__elided__> : tensor<4xf32>
  func.func @infer(%x: memref<4xf32>, %state: memref<0xi8>, %arena: memref<0xi8>) {
    return
  }
}

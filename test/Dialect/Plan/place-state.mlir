// RUN: coppice-opt %s --plan-place-state | FileCheck %s

module attributes {train.state_bytes = 192 : i64} {
  train.parameter @w : tensor<16xf32> = dense<0.0> : tensor<16xf32> {state_offset = 0 : i64}
  train.parameter @m : tensor<16xf32> = dense<0.0> : tensor<16xf32> {state_offset = 128 : i64}

  // CHECK-LABEL: func @train
  // CHECK-SAME: (%{{[a-z0-9]+}}: memref<4xf32>, %[[STATE:[a-z0-9]+]]: memref<192xi8> {coppice.role = #coppice.role<state written>})
  func.func @train(%x: memref<4xf32>, %w: memref<16xf32> {coppice.role = #coppice.role<parameter @w>, bufferization.writable = true},
                   %m: memref<16xf32> {coppice.role = #coppice.role<parameter @m written>}) {
    // CHECK-DAG: %[[C0:.*]] = arith.constant 0 : index
    // CHECK-DAG: %[[W:.*]] = memref.view %[[STATE]][%[[C0]]][] : memref<192xi8> to memref<16xf32>
    // CHECK-DAG: %[[C128:.*]] = arith.constant 128 : index
    // CHECK-DAG: %[[M:.*]] = memref.view %[[STATE]][%[[C128]]][] : memref<192xi8> to memref<16xf32>
    // CHECK: linalg.exp ins(%[[W]] : memref<16xf32>) outs(%[[M]] : memref<16xf32>)
    linalg.exp ins(%w : memref<16xf32>) outs(%m : memref<16xf32>)
    return
  }

  // Inference gets the state as well, whether it reads it or not, and says that
  // it does not write it.
  // CHECK-LABEL: func @infer(%{{.*}}: memref<192xi8> {coppice.role = #coppice.role<state>})
  func.func @infer() {
    return
  }
}

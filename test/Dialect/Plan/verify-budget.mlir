// RUN: not coppice-opt %s --plan-memory=budget=500 2>&1 | FileCheck %s
// RUN: coppice-opt %s --plan-memory=budget=640 | FileCheck %s --check-prefix=FITS

// CHECK: error: 'train' needs an arena of 512 bytes and a state of 128 bytes, the budget is 500
// CHECK: note: the most is live at step 1, "relu"
// CHECK: note: "conv" holds 256 bytes from step 0 to step 1
// CHECK: note: "relu" holds 256 bytes from step 1 to step 2
// CHECK: note: no packing of these buffers needs less than 512 bytes; a smaller batch
// CHECK-NOT: error
// FITS: func @train({{.*}}: memref<128xi8> {coppice.role = #coppice.role<state>}, {{.*}}: memref<512xi8> {coppice.role = #coppice.role<arena>})
module attributes {train.state_bytes = 128 : i64} {
  train.parameter @w : tensor<16xf32> = dense<0.0> : tensor<16xf32> {state_offset = 64 : i64}
  func.func @train(%x: memref<64xf32>, %w: memref<16xf32> {coppice.role = #coppice.role<parameter @w>}) {
    %a = memref.alloc() : memref<64xf32> loc("conv")
    linalg.exp ins(%x : memref<64xf32>) outs(%a : memref<64xf32>)
    %b = memref.alloc() : memref<64xf32> loc("relu")
    linalg.exp ins(%a : memref<64xf32>) outs(%b : memref<64xf32>) loc("relu")
    linalg.exp ins(%b : memref<64xf32>) outs(%x : memref<64xf32>)
    return
  }
}

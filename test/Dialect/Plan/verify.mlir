// RUN: coppice-opt %s --plan-verify --verify-diagnostics --split-input-file

// A plan that was changed by hand is checked against the program.
func.func @edited(%x: memref<64xf32>, %arena: memref<256xi8>) {
  // expected-error @below {{"a" is live from step 0 to 1, not only from 0 to 0}}
  %a, %b = plan.pack %arena : memref<256xi8> {
    "a" : memref<64xf32> bytes 256 align 64 live 0 to 0 at 0,
    "b" : memref<64xf32> bytes 256 align 64 live 1 to 2 at 0
  }
  linalg.exp ins(%x : memref<64xf32>) outs(%a : memref<64xf32>)
  linalg.exp ins(%a : memref<64xf32>) outs(%b : memref<64xf32>)
  linalg.exp ins(%b : memref<64xf32>) outs(%x : memref<64xf32>)
  return
}

// -----

func.func @replayed(%x: memref<64xf32>, %arena: memref<512xi8>) {
  %a, %b = plan.pack %arena : memref<512xi8> {
    "a" : memref<64xf32> bytes 256 align 64 live 0 to 1 at 256,
    "b" : memref<64xf32> bytes 256 align 64 live 1 to 2 at 0
  }
  linalg.exp ins(%x : memref<64xf32>) outs(%a : memref<64xf32>)
  linalg.exp ins(%a : memref<64xf32>) outs(%b : memref<64xf32>)
  linalg.exp ins(%b : memref<64xf32>) outs(%x : memref<64xf32>)
  return
}

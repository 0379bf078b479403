// RUN: coppice-opt %s --verify-diagnostics --split-input-file

func.func @overlap(%arena: memref<768xi8>) {
  // expected-error @below {{'a' at [0, 512) and 'b' at [256, 512) overlap, and both are live at step 1}}
  %0:2 = plan.pack %arena : memref<768xi8> {
    "a" : memref<128xf32> bytes 512 align 64 live 0 to 1 at 0,
    "b" : memref<64xf32> bytes 256 align 64 live 1 to 3 at 256
  }
  return
}

// -----

func.func @outside(%arena: memref<64xi8>) {
  // expected-error @below {{'a' ends at 192, outside the arena}}
  %0 = plan.pack %arena : memref<64xi8> {
    "a" : memref<32xf32> bytes 128 align 64 live 0 to 1 at 64
  }
  return
}

// -----

func.func @misaligned(%arena: memref<64xi8>) {
  // expected-error @below {{'a' is at 4, which is no multiple of its alignment, 64}}
  %0 = plan.pack %arena : memref<64xi8> {
    "a" : memref<2xf32> bytes 8 align 64 live 0 to 1 at 4
  }
  return
}

// -----

func.func @tooSmall(%arena: memref<64xi8>) {
  // expected-error @below {{"a" has 4 bytes, but 'memref<2xf32>' needs 8}}
  %0 = plan.pack %arena : memref<64xi8> {
    "a" : memref<2xf32> bytes 4 align 64 live 0 to 1 at 0
  }
  return
}

// -----

func.func @backwards(%arena: memref<64xi8>) {
  // expected-error @below {{buffer 'a' lives from step 3 to 1}}
  %0 = plan.pack %arena : memref<64xi8> {
    "a" : memref<2xf32> bytes 8 align 64 live 3 to 1 at 0
  }
  return
}

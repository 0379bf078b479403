// RUN: coppice-opt %s --verify-roundtrip | FileCheck %s

// CHECK-LABEL: func @plan
func.func @plan(%arena: memref<768xi8>) {
  // CHECK-NEXT: %conv1, %relu1_out = plan.pack %{{.*}} : memref<768xi8> {
  // CHECK-NEXT:   "conv1" : memref<8x16xf32> bytes 512 align 64 live 0 to 1 at 0,
  // CHECK-NEXT:   "relu1_out" : memref<64xf32> bytes 256 align 64 live 1 to 3 at 512
  // CHECK-NEXT: }
  %0:2 = plan.pack %arena : memref<768xi8> {
    "conv1" : memref<8x16xf32> bytes 512 align 64 live 0 to 1 at 0,
    "relu1_out" : memref<64xf32> bytes 256 align 64 live 1 to 3 at 512
  }
  return
}

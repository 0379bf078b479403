// RUN: coppice-opt %s --llvm-convert | FileCheck %s
// RUN: coppice-opt %s --llvm-convert=index-width=32 | FileCheck %s --check-prefix=I32
// RUN: not coppice-opt %s --llvm-convert=index-width=16 2>&1 | FileCheck %s --check-prefix=BAD

// BAD: error: index-width must be 32 or 64, not 16

// CHECK-LABEL: llvm.func @at(
// CHECK-SAME: !llvm.ptr {llvm.noalias}
// CHECK-SAME: i64
// I32-LABEL: llvm.func @at(
// I32-SAME: i32
func.func @at(%x: memref<4xf32>, %i: index) -> f32 {
  %0 = memref.load %x[%i] : memref<4xf32>
  return %0 : f32
}

// RUN: coppice-opt %s --llvm-convert --split-input-file | FileCheck %s

// CHECK-LABEL: llvm.func @at(
// CHECK-SAME: !llvm.ptr {llvm.noalias}
// CHECK-SAME: i64
func.func @at(%x: memref<4xf32>, %i: index) -> f32 {
  %0 = memref.load %x[%i] : memref<4xf32>
  return %0 : f32
}

// -----

// An index is as wide as the data layout says.
// CHECK-LABEL: llvm.func @at_32_bits(
// CHECK-SAME: i32
module attributes {dlti.dl_spec = #dlti.dl_spec<index = 32 : i64>} {
  func.func @at_32_bits(%x: memref<4xf32>, %i: index) -> f32 {
    %0 = memref.load %x[%i] : memref<4xf32>
    return %0 : f32
  }
}

// -----

// An argument without elements is an address alone.
// CHECK-LABEL: llvm.func @empty(
// CHECK-SAME: !llvm.ptr {llvm.noalias}, %{{.*}}: !llvm.ptr {llvm.noalias})
func.func @empty(%x: memref<2x0xf32>, %y: memref<0x0x3xi8>) {
  return
}

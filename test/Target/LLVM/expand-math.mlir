// RUN: coppice-opt %s --llvm-expand-math | FileCheck %s

// f32 becomes a polynomial, f64 stays for the C library.
// CHECK-LABEL: func @exp
// CHECK-NOT: math.exp %{{.*}} : f32
// CHECK: math.exp %{{.*}} : f64
// CHECK-NOT: math.exp
func.func @exp(%x: f32, %y: f64) -> (f32, f64) {
  %0 = math.exp %x : f32
  %1 = math.exp %y : f64
  return %0, %1 : f32, f64
}

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

// Half to even, in integers: 16 bits of the f32 stay.
// CHECK-LABEL: @bfloat
// CHECK-NOT: arith.truncf
// CHECK: arith.trunci %{{.*}} : vector<4xi32> to vector<4xi16>
// CHECK-NOT: arith.extf
// CHECK: return
func.func @bfloat(%x: vector<4xf32>) -> vector<4xf32> {
  %n = arith.truncf %x : vector<4xf32> to vector<4xbf16>
  %w = arith.extf %n : vector<4xbf16> to vector<4xf32>
  return %w : vector<4xf32>
}

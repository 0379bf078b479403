// RUN: coppice-opt %s --llvm-expand-math | FileCheck %s
// RUN: coppice-opt %s --target-attach=target=x86-64-v3 --llvm-expand-math | FileCheck %s --check-prefixes=CHECK,FUSED
// RUN: coppice-opt %s --target-attach=target=x86-64-v2 --llvm-expand-math | FileCheck %s --implicit-check-not=math.fma
// RUN: coppice-opt %s --target-attach=target=x86-64 --llvm-expand-math | FileCheck %s --implicit-check-not=math.fma

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

// Multiply and add are fused only if the target has the instruction.
// CHECK-LABEL: @functions
// FUSED: math.fma
// CHECK-NOT: math.{{exp|log|log1p|expm1|tanh|erf}}
// CHECK: return
func.func @functions(%x: vector<4xf32>) -> vector<4xf32> {
  %0 = math.exp %x : vector<4xf32>
  %1 = math.log %0 : vector<4xf32>
  %2 = math.log1p %1 : vector<4xf32>
  %3 = math.expm1 %2 : vector<4xf32>
  %4 = math.tanh %3 : vector<4xf32>
  %5 = math.erf %4 : vector<4xf32>
  return %5 : vector<4xf32>
}

// A dictionary of more than 32 entries is printed in front of the module, and
// the function that has it names it. What is printed is read back.
// RUN: python3 -c "for n in (32, 33): print('func.func private @f%%d() attributes {coppice.entry, plan.schedule = {%%s}}' %% (n, ', '.join('b%%d = 1 : i64' %% i for i in range(n))))" > %t.mlir
// RUN: coppice-opt %t.mlir > %t.short.mlir
// RUN: FileCheck %s < %t.short.mlir
// RUN: coppice-opt %t.short.mlir | diff %t.short.mlir -

// CHECK: #dictionary = {b0 = 1 : i64, {{.*}}b32 = 1 : i64
// CHECK: @f32() attributes {coppice.entry, plan.schedule = {b0 = 1 : i64, {{.*}}b31 = 1 : i64
// CHECK: @f33() attributes {coppice.entry, plan.schedule = #dictionary}

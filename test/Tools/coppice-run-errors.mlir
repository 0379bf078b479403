// RUN: split-file %s %t
// RUN: not coppice-run %t/arguments.mlir 2>&1 | FileCheck %s
// CHECK: has no public function without arguments and results
// RUN: not coppice-run %t/missing.mlir 2>&1 | FileCheck %s --check-prefix=MISSING
// MISSING: error: {{.*}}No such file or directory

// A test that checks nothing has not passed.
// RUN: not coppice-run %t/no-check.mlir 2>&1 | FileCheck %s --check-prefix=NONE
// NONE-NOT: passed
// NONE: error: '{{.*}}no-check.mlir' ran without a check; add a check.expect_eq, for instance

//--- arguments.mlir
func.func @f(%a: tensor<2xf32>) {
  return
}
//--- no-check.mlir
func.func @f() {
  return
}

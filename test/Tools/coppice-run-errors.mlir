// RUN: not coppice-run %s 2>&1 | FileCheck %s
// RUN: not coppice-run %s.missing 2>&1 | FileCheck %s --check-prefix=MISSING

// CHECK: has no public function without arguments and results
func.func @f(%a: tensor<2xf32>) {
  return
}
// MISSING: error: {{.*}}No such file or directory

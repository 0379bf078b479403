// RUN: not coppice-reduce %s 2>&1 | FileCheck %s --check-prefix=PASS
// PASS: error: coppice-reduce: needs a reduction pass; add --reduce-ops=test=SCRIPT
// RUN: not coppice-reduce %s --reduce-ops 2>&1 | FileCheck %s --check-prefix=SCRIPT
// SCRIPT: error: a reduction needs a script: test=PATH
// RUN: not coppice-reduce %s --reduce-ops='test=%S/Inputs/has test-arg=nn.tanh' 2>&1 | FileCheck %s --check-prefix=DULL
// DULL: error: the script '{{.*}}has' does not find the module interesting
// RUN: not coppice-reduce %s.missing --reduce-ops=test=x 2>&1 | FileCheck %s --check-prefix=MISSING
// MISSING: error: {{.*}}No such file or directory
// RUN: not coppice-reduce %s --reduce-ops=test=%t.none 2>&1 | FileCheck %s --check-prefix=NONE
// NONE: error: test={{.*}}.none: No such file or directory; check the path of the script
// RUN: echo 'exit 1' > %t.plain && not coppice-reduce %s --reduce-ops=test=%t.plain 2>&1 | FileCheck %s --check-prefix=PLAIN
// PLAIN: error: test={{.*}}.plain: is not executable; make it so with chmod +x
func.func @f(%x: tensor<2xf32>) -> tensor<2xf32> {
  %0 = nn.relu %x : tensor<2xf32>
  return %0 : tensor<2xf32>
}

// The flags of upstream's tool work on a module with a target, whose layout
// crashes upstream's passes, and reduce inside functions.
// RUN: coppice-reduce %s --opt-reduction-pass='opt-pass=canonicalize test=%S/Inputs/has test-arg=nn.tanh' 2> %t.errors | FileCheck %s --check-prefix=OPT
// RUN: FileCheck %s --check-prefix=NOTE < %t.errors
// NOTE: warning: --opt-reduction-pass cannot take the target's layout, which is dropped; --reduce-ops keeps it
// OPT-NOT: dlti
// OPT-NOT: nn.relu
// OPT: nn.tanh
// RUN: coppice-reduce %s --reduction-tree='traversal-mode=0 test=%S/Inputs/has test-arg=nn.tanh' 2>&1 | FileCheck %s --check-prefix=TREE
// TREE: module {
// TREE-NEXT: func.func @f(
// TREE-NEXT: nn.tanh
// TREE-NEXT: return
// RUN: not coppice-reduce %s --reduction-tree='traversal-mode=1 test=%S/Inputs/has' 2>&1 | FileCheck %s --check-prefix=MODE
// MODE: traversal-mode{{.*}}'1'
module attributes {dlti.dl_spec = #dlti.dl_spec<index = 64 : i64>,
    dlti.target_system_spec = #dlti.target_system_spec<"CPU" = #dlti.target_device_spec<"max_vector_op_width" = 256 : ui32>>} {
  func.func @f(%x: tensor<4xf32>) -> tensor<4xf32> {
    %unused = nn.relu %x : tensor<4xf32>
    %0 = nn.tanh %x : tensor<4xf32>
    %1 = nn.exp %0 : tensor<4xf32>
    return %1 : tensor<4xf32>
  }
}

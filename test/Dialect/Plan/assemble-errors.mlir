// RUN: coppice-opt %s --verify-diagnostics --split-input-file

// Slices may interleave, touch and be empty.
func.func @disjoint(%x: tensor<4xf32>, %e: tensor<0xf32>) -> tensor<8xf32> {
  %base = bufferization.alloc_tensor() : tensor<8xf32>
  %even = tensor.extract_slice %base[0] [4] [2] : tensor<8xf32> to tensor<4xf32>
  %odd = tensor.extract_slice %base[1] [4] [2] : tensor<8xf32> to tensor<4xf32>
  %none = tensor.extract_slice %base[3] [0] [1] : tensor<8xf32> to tensor<0xf32>
  %a = plan.kernel ins(%x : tensor<4xf32>) outs(%even : tensor<4xf32>) {
  ^bb0(%in0: tensor<4xf32>, %out0: tensor<4xf32>):
    %0 = nn.exp %in0 : tensor<4xf32>
    plan.yield %0 : tensor<4xf32>
  } -> tensor<4xf32>
  %b = plan.kernel ins(%x : tensor<4xf32>) outs(%odd : tensor<4xf32>) {
  ^bb0(%in0: tensor<4xf32>, %out0: tensor<4xf32>):
    %0 = nn.exp %in0 : tensor<4xf32>
    plan.yield %0 : tensor<4xf32>
  } -> tensor<4xf32>
  %c = plan.kernel ins(%e : tensor<0xf32>) outs(%none : tensor<0xf32>) {
  ^bb0(%in0: tensor<0xf32>, %out0: tensor<0xf32>):
    %0 = nn.exp %in0 : tensor<0xf32>
    plan.yield %0 : tensor<0xf32>
  } -> tensor<0xf32>
  %y = plan.assemble %base with %a, %b, %c : tensor<8xf32>, tensor<4xf32>, tensor<4xf32>, tensor<0xf32>
  return %y : tensor<8xf32>
}

// -----

// The last part is itself assembled, in a slice that overlaps the first part.
func.func @overlap(%x: tensor<2x4xf32>) -> tensor<4x8xf32> {
  %base = bufferization.alloc_tensor() : tensor<4x8xf32>
  %s0 = tensor.extract_slice %base[2, 1] [2, 4] [1, 1] : tensor<4x8xf32> to tensor<2x4xf32>
  %a = plan.kernel ins(%x : tensor<2x4xf32>) outs(%s0 : tensor<2x4xf32>) {
  ^bb0(%in0: tensor<2x4xf32>, %out0: tensor<2x4xf32>):
    %0 = nn.exp %in0 : tensor<2x4xf32>
    plan.yield %0 : tensor<2x4xf32>
  } -> tensor<2x4xf32>
  %s1 = tensor.extract_slice %base[0, 0] [2, 4] [1, 1] : tensor<4x8xf32> to tensor<2x4xf32>
  %b = plan.kernel ins(%x : tensor<2x4xf32>) outs(%s1 : tensor<2x4xf32>) {
  ^bb0(%in0: tensor<2x4xf32>, %out0: tensor<2x4xf32>):
    %0 = nn.exp %in0 : tensor<2x4xf32>
    plan.yield %0 : tensor<2x4xf32>
  } -> tensor<2x4xf32>
  %s2 = tensor.extract_slice %base[1, 4] [2, 4] [1, 1] : tensor<4x8xf32> to tensor<2x4xf32>
  %c = plan.assemble %s2 : tensor<2x4xf32>
  // expected-error @below {{has parts 0 and 2, which are written to slices that overlap}}
  %y = plan.assemble %base with %a, %b, %c : tensor<4x8xf32>, tensor<2x4xf32>, tensor<2x4xf32>, tensor<2x4xf32>
  return %y : tensor<4x8xf32>
}

// -----

func.func @outside(%x: tensor<4xf32>) -> tensor<8xf32> {
  %base = bufferization.alloc_tensor() : tensor<8xf32>
  // expected-error @below {{slice along dimension 0 runs out-of-bounds: 9 >= 8}}
  %high = tensor.extract_slice %base[6] [4] [1] : tensor<8xf32> to tensor<4xf32>
  %a = plan.kernel ins(%x : tensor<4xf32>) outs(%high : tensor<4xf32>) {
  ^bb0(%in0: tensor<4xf32>, %out0: tensor<4xf32>):
    %0 = nn.exp %in0 : tensor<4xf32>
    plan.yield %0 : tensor<4xf32>
  } -> tensor<4xf32>
  %y = plan.assemble %base with %a : tensor<8xf32>, tensor<4xf32>
  return %y : tensor<8xf32>
}

// RUN: coppice-opt %s --one-shot-bufferize --verify-diagnostics --split-input-file

// The old content is read after the kernel has overwritten it; a copy would be
// a buffer that nobody planned.
func.func @read_later(%x: tensor<8xf32>) -> (tensor<8xf32>, tensor<8xf32>) {
  %old = bufferization.alloc_tensor() copy(%x) : tensor<8xf32>
  // expected-error @below {{not bufferizable under the given constraints: cannot avoid RaW conflict}}
  %new = plan.kernel outs(%old : tensor<8xf32>) {
  ^bb0(%out0: tensor<8xf32>):
    %0 = linalg.exp ins(%out0 : tensor<8xf32>) outs(%out0 : tensor<8xf32>) -> tensor<8xf32>
    %1 = bufferization.materialize_in_destination %0 in %out0 : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
    plan.yield %1 : tensor<8xf32>
  } -> tensor<8xf32>
  %empty = tensor.empty() : tensor<8xf32>
  %both = linalg.add ins(%old, %new : tensor<8xf32>, tensor<8xf32>) outs(%empty : tensor<8xf32>) -> tensor<8xf32>
  return %both, %new : tensor<8xf32>, tensor<8xf32>
}

// -----

func.func @elsewhere(%x: tensor<8xf32>) -> tensor<8xf32> {
  %buffer = bufferization.alloc_tensor() : tensor<8xf32>
  // expected-error @below {{does not write result 0 into its out}}
  %a = plan.kernel ins(%x : tensor<8xf32>) outs(%buffer : tensor<8xf32>) {
  ^bb0(%in0: tensor<8xf32>, %out0: tensor<8xf32>):
    %empty = tensor.empty() : tensor<8xf32>
    %0 = linalg.exp ins(%in0 : tensor<8xf32>) outs(%empty : tensor<8xf32>) -> tensor<8xf32>
    plan.yield %0 : tensor<8xf32>
  } -> tensor<8xf32>
  return %a : tensor<8xf32>
}

// -----

func.func @no_outs(%x: tensor<8xf32>) -> tensor<8xf32> {
  // expected-error @below {{has no outs, which say where its results go}}
  %a = plan.kernel ins(%x : tensor<8xf32>) {
  ^bb0(%in0: tensor<8xf32>):
    %empty = tensor.empty() : tensor<8xf32>
    %0 = linalg.exp ins(%in0 : tensor<8xf32>) outs(%empty : tensor<8xf32>) -> tensor<8xf32>
    plan.yield %0 : tensor<8xf32>
  } -> tensor<8xf32>
  return %a : tensor<8xf32>
}

// -----

func.func @apart(%x: tensor<4xf32>) -> tensor<8xf32> {
  %base = bufferization.alloc_tensor() : tensor<8xf32>
  %other = bufferization.alloc_tensor() copy(%x) : tensor<4xf32>
  // expected-error @below {{has part 0, which is not written to its base}}
  %c = plan.assemble %base with %other : tensor<8xf32>, tensor<4xf32>
  return %c : tensor<8xf32>
}

// -----

// The kernel reads all of a tensor whose size is not known, and writes a slice
// of it.
func.func @unknown_size(%x: tensor<?xf32>) -> tensor<4xf32> {
  %base = bufferization.alloc_tensor() copy(%x) : tensor<?xf32>
  // expected-error @below {{cannot avoid RaW conflict}}
  %slice = tensor.extract_slice %base[0] [4] [1] : tensor<?xf32> to tensor<4xf32>
  %a = plan.kernel ins(%base : tensor<?xf32>) outs(%slice : tensor<4xf32>) {
  ^bb0(%in0: tensor<?xf32>, %out0: tensor<4xf32>):
    %c1 = arith.constant 1 : index
    %e = tensor.extract %in0[%c1] : tensor<?xf32>
    %0 = linalg.fill ins(%e : f32) outs(%out0 : tensor<4xf32>) -> tensor<4xf32>
    %1 = bufferization.materialize_in_destination %0 in %out0 : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
    plan.yield %1 : tensor<4xf32>
  } -> tensor<4xf32>
  return %a : tensor<4xf32>
}

// RUN: coppice-opt %s --train-gradcheck-functions --split-input-file --verify-diagnostics

// expected-error @below {{cannot be checked: its first result must be a float tensor of static shape, its body one block that ends in func.return}}
func.func @f(%x: tensor<2xf64>) -> tensor<2xf64> {
  llvm.unreachable
}

// -----

// expected-error @below {{its first result must be a float tensor of static shape}}
func.func @f(%x: tensor<2xf64>) -> tensor<?xf64> {
  %y = tensor.cast %x : tensor<2xf64> to tensor<?xf64>
  return %y : tensor<?xf64>
}

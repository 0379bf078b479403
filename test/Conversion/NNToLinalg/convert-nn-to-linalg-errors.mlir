// RUN: not coppice-opt %s --convert-nn-to-linalg 2>&1 | FileCheck %s

// An op of another dialect needs a static shape too. It is not lowered, and the
// nn ops behind it do not verify.
// CHECK: error: 'nn.relu' op operand #0 must be statically shaped tensor
func.func @dynamic(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %y = nn.relu %x : tensor<?x4xf32>
  return %y : tensor<?x4xf32>
}

// RUN: coppice-opt %s --convert-nn-to-linalg --verify-diagnostics

func.func @dynamic(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  // expected-error@+1 {{needs static shapes to be lowered}}
  %y = nn.relu %x : tensor<?x4xf32>
  return %y : tensor<?x4xf32>
}

// RUN: coppice-opt %s --llvm-convert --verify-diagnostics

// expected-error@+1 {{the data layout's index has 16 bits, must have 32 or 64}}
module attributes {dlti.dl_spec = #dlti.dl_spec<index = 16 : i64>} {
}

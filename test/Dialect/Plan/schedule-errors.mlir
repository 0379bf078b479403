// RUN: coppice-opt %s --plan-schedule --verify-diagnostics --split-input-file

// expected-error @below {{has branches between blocks}}
func.func @branches() {
  cf.br ^exit
^exit:
  return
}

// RUN: coppice-opt %s --lowp-set-requantize=mode=tflite | FileCheck %s
// RUN: coppice-opt %s --lowp-set-requantize | FileCheck %s --check-prefix=EXACT
// RUN: not coppice-opt %s --lowp-set-requantize=mode=float 2>&1 | FileCheck %s --check-prefix=WRONG

// CHECK: module attributes {lowp.requantize = "tflite"}
// EXACT: module attributes {lowp.requantize = "exact"}
// WRONG: error: no arithmetic on codes is named 'float'; use exact or tflite
module attributes {lowp.requantize = "tflite"} {
}

// RUN: coppice-opt %s --lowp-expose-codes | FileCheck %s

// CHECK-LABEL: func.func @infer
// CHECK-SAME: -> (tensor<4xf32>, tensor<4xi8> {coppice.role = #coppice.role<output "x_q">}, tensor<4xui8> {coppice.role = #coppice.role<output "y_q">})
func.func @infer(%x: tensor<4xf32>) -> tensor<4xf32> {
  // CHECK: %[[X:.*]] = lowp.quantize
  %0 = lowp.quantize %x : tensor<4xf32> -> tensor<4x!quant.uniform<i8:f32, 0.5>> loc(fused["x_q", "QuantizeLinear_0"])
  %1 = lowp.dequantize %0 : tensor<4x!quant.uniform<i8:f32, 0.5>> -> tensor<4xf32> loc("x_dq")
  // CHECK: %[[Y:.*]] = lowp.quantize
  %2 = lowp.quantize %1 : tensor<4xf32> -> tensor<4x!quant.uniform<u8:f32, 0.5:128>> loc("y_q")
  // CHECK: %[[R:.*]] = lowp.dequantize
  %3 = lowp.dequantize %2 : tensor<4x!quant.uniform<u8:f32, 0.5:128>> -> tensor<4xf32> loc("y_dq")
  // CHECK: %[[XC:.*]] = quant.scast %[[X]]
  // CHECK: %[[YC:.*]] = quant.scast %[[Y]]
  // CHECK: %[[YU:.*]] = tensor.bitcast %[[YC]] : tensor<4xi8> to tensor<4xui8>
  // CHECK: return %[[R]], %[[XC]], %[[YU]]
  return %3 : tensor<4xf32>
}

// A scale whose name the model has gets another; a range that the operator has
// by definition is not learned.
// RUN: coppice-opt %s --lowp-insert-fake-quant | FileCheck %s

// CHECK-DAG: train.parameter @x_scale : tensor<f32> = dense<1.000000e+00> : tensor<f32>{{$}}
// CHECK-DAG: train.parameter @other : tensor<f32> {{.*}}external_name = "x_scale_1"}
// CHECK-DAG: train.parameter @x_scale_2 : tensor<f32> {{.*}}{external_name = "x_scale_2", lowp.scale_of = "x", train.relative_update}
// CHECK-NOT: train.parameter @y_scale
train.parameter @x_scale : tensor<f32> = dense<1.0> : tensor<f32>
train.parameter @other : tensor<f32> = dense<1.0> : tensor<f32> {external_name = "x_scale_1"}

// CHECK-LABEL: func.func @infer
// CHECK-NOT: lowp.fixed
// CHECK: %[[S:.*]] = train.read @x_scale_2
// CHECK: lowp.fake_quant %{{.*}}, %[[S]]
// CHECK: %[[Y:.*]] = nn.softmax
// CHECK: %[[C:.*]] = arith.constant dense<3.906250e-03> : tensor<f32>
// CHECK: lowp.fake_quant %[[Y]], %[[C]][-128, 127] {{.*}}zero_point = -128
func.func @infer(%x: tensor<1x4xf32> {coppice.role = #coppice.role<input "x">, lowp.range = array<f64: 0.0, 1.0>})
    -> (tensor<1x4xf32> {coppice.role = #coppice.role<output "y">, lowp.range = array<f64: 0.0, 0.99609375>, lowp.fixed}) {
  %y = nn.softmax %x {axis = 1 : i64} : tensor<1x4xf32>
  return %y : tensor<1x4xf32>
}

// A step with gradients in a narrow format needs fewer bytes than one in f32: a
// consumer converts and scales as it loads, a strided gradient of an input is
// narrowed part by part, and updates of biases do not wait for the step's count.
// RUN: rm -f %t.bytes
// DEFINE: %{gradients} = f32
// DEFINE: %{arena} = coppice-opt %s --coppice-phase-graph --coppice-phase-quant "--coppice-phase-train=step-options={gradients=%{gradients} loss=mse} update=full" --coppice-phase-schedule --coppice-phase-kernels --coppice-phase-plan | grep -o '@train.* attributes .*' | grep -o 'plan.arena_bytes = [0-9]*' >> %t.bytes
// RUN: %{arena}
// REDEFINE: %{gradients} = bf16
// RUN: %{arena}
// REDEFINE: %{gradients} = f16
// RUN: %{arena}
// REDEFINE: %{gradients} = int8
// RUN: %{arena}
// RUN: python3 -c "import sys; [f32, *narrow] = [int(line.split()[-1]) for line in open(sys.argv[1])]; assert len(narrow) == 3 and max(narrow) < f32, (f32, narrow)" %t.bytes

!x = !quant.uniform<i8:f32, 0.5:1>
!w = !quant.uniform<i8:f32:3, {0.5, 0.25, 0.5, 0.125, 0.5, 0.25, 0.5, 0.125, 0.5, 0.25, 0.5, 0.125, 0.5, 0.25, 0.5, 0.125, 0.5, 0.25, 0.5, 0.125, 0.5, 0.25, 0.5, 0.125, 0.5, 0.25, 0.5, 0.125, 0.5, 0.25, 0.5, 0.125}>
!b = !quant.uniform<i32:f32:0, {0.25, 0.125, 0.25, 0.0625, 0.25, 0.125, 0.25, 0.0625, 0.25, 0.125, 0.25, 0.0625, 0.25, 0.125, 0.25, 0.0625, 0.25, 0.125, 0.25, 0.0625, 0.25, 0.125, 0.25, 0.0625, 0.25, 0.125, 0.25, 0.0625, 0.25, 0.125, 0.25, 0.0625}>
!w8 = !quant.uniform<i8:f32:3, {0.5, 0.25, 0.5, 0.125, 0.5, 0.25, 0.5, 0.125}>
!b8 = !quant.uniform<i32:f32:0, {0.25, 0.125, 0.25, 0.0625, 0.25, 0.125, 0.25, 0.0625}>
module {
  train.parameter @expand.weight : tensor<1x1x8x32xi8> = dense<1> : tensor<1x1x8x32xi8> {external_name = "expand/weight", quantized = !w}
  train.parameter @expand.bias : tensor<32xi32> = dense<0> : tensor<32xi32> {external_name = "expand/bias", quantized = !b}
  train.parameter @depthwise.weight : tensor<3x3x1x32xi8> = dense<1> : tensor<3x3x1x32xi8> {external_name = "depthwise/weight", quantized = !w}
  train.parameter @depthwise.bias : tensor<32xi32> = dense<0> : tensor<32xi32> {external_name = "depthwise/bias", quantized = !b}
  train.parameter @project.weight : tensor<1x1x32x8xi8> = dense<1> : tensor<1x1x32x8xi8> {external_name = "project/weight", quantized = !w8}
  train.parameter @project.bias : tensor<8xi32> = dense<0> : tensor<8xi32> {external_name = "project/bias", quantized = !b8}
  func.func @infer(%x: tensor<1x16x16x8xf32> {coppice.role = #coppice.role<input "input">}) -> (tensor<1x8xf32> {coppice.role = #coppice.role<output "output">})
      attributes {coppice.entry} {
    %q = lowp.quantize %x : tensor<1x16x16x8xf32> -> tensor<1x16x16x8x!x>
    %w0 = train.read @expand.weight : tensor<1x1x8x32x!w>
    %b0 = train.read @expand.bias : tensor<32x!b>
    %0 = nn.conv2d %q, %w0, %b0 : (tensor<1x16x16x8x!x>, tensor<1x1x8x32x!w>, tensor<32x!b>) -> tensor<1x16x16x32x!x>
    %w1 = train.read @depthwise.weight : tensor<3x3x1x32x!w>
    %b1 = train.read @depthwise.bias : tensor<32x!b>
    %1 = nn.conv2d %0, %w1, %b1 {groups = 32 : i64, strides = array<i64: 2, 2>, pads = array<i64: 1, 1, 1, 1>} : (tensor<1x16x16x32x!x>, tensor<3x3x1x32x!w>, tensor<32x!b>) -> tensor<1x8x8x32x!x>
    %w2 = train.read @project.weight : tensor<1x1x32x8x!w8>
    %b2 = train.read @project.bias : tensor<8x!b8>
    %2 = nn.conv2d %1, %w2, %b2 : (tensor<1x8x8x32x!x>, tensor<1x1x32x8x!w8>, tensor<8x!b8>) -> tensor<1x8x8x8x!x>
    %p = nn.reduce mean %2 {axes = array<i64: 1, 2>} : (tensor<1x8x8x8x!x>) -> tensor<1x8x!x>
    %d = lowp.dequantize %p : tensor<1x8x!x> -> tensor<1x8xf32>
    return %d : tensor<1x8xf32>
  }
}

// RUN: coppice-opt %s --coppice-phase-graph --coppice-phase-schedule --coppice-phase-kernels --coppice-phase-plan | FileCheck %s

// Kernels need the scratch that their ops declare; a difference is an error.

// One product of groups is the whole gradient: beside the reversed weight, 96
// bytes, only the result, which is copied to the caller, has bytes.
// CHECK-LABEL: func.func @grouped_gradient
// CHECK-SAME: live_bytes = 160
func.func @grouped_gradient(%dy: tensor<1x1x6x8xf32>, %w: tensor<1x3x1x8xf32>) -> tensor<1x1x4x4xf32> {
  %0 = nn.conv2d_input_grad %dy, %w {groups = 4 : i64, pads = array<i64: 0, 2, 0, 2>} : (tensor<1x1x6x8xf32>, tensor<1x3x1x8xf32>) -> tensor<1x1x4x4xf32>
  return %0 : tensor<1x1x4x4xf32>
}

// The sums of a grouped layer on codes are integers of 32 bits.
!q = !quant.uniform<i8:f32, 0.05:-9>
!w = !quant.uniform<i8:f32, 0.02>
// CHECK-LABEL: func.func @grouped_codes
// CHECK-SAME: live_bytes = 256
func.func @grouped_codes(%x: tensor<1x4x4x4x!q>, %w: tensor<1x1x2x4x!w>) -> tensor<1x4x4x4x!q> {
  %0 = nn.conv2d %x, %w {groups = 2 : i64} : (tensor<1x4x4x4x!q>, tensor<1x1x2x4x!w>) -> tensor<1x4x4x4x!q>
  return %0 : tensor<1x4x4x4x!q>
}

// A look-up of codes, and what follows it, is the epilogue of a product.
// CHECK-LABEL: func.func @look_up
// CHECK-SAME: live_bytes = 0
func.func @look_up(%x: tensor<2x4x!q>, %w: tensor<4x8x!w>) -> tensor<2x8xf32> {
  %0 = nn.matmul %x, %w : (tensor<2x4x!q>, tensor<4x8x!w>) -> tensor<2x8x!q>
  %1 = nn.tanh %0 : tensor<2x8x!q> -> tensor<2x8x!q>
  %2 = lowp.dequantize %1 : tensor<2x8x!q> -> tensor<2x8xf32>
  return %2 : tensor<2x8xf32>
}

// A converted value that is two parts is stored once, and copied.
// CHECK-LABEL: func.func @two_parts
// CHECK-SAME: live_bytes = 64
func.func @two_parts(%x: tensor<2x8x!q>) -> tensor<2x16xf32> {
  %0 = lowp.dequantize %x : tensor<2x8x!q> -> tensor<2x8xf32>
  %1 = nn.concat %0, %0 {axis = 1 : i64} : (tensor<2x8xf32>, tensor<2x8xf32>) -> tensor<2x16xf32>
  return %1 : tensor<2x16xf32>
}

// A mask of rows of 8 reads a slice with gaps as it is.
// CHECK-LABEL: func.func @mask_of_slice
// CHECK-SAME: live_bytes = 0
func.func @mask_of_slice(%x: tensor<4x16xf32>) -> tensor<4xi8> {
  %0 = nn.slice %x {starts = array<i64: 0, 4>, strides = array<i64: 1, 1>} : (tensor<4x16xf32>) -> tensor<4x8xf32>
  %1 = lowp.range_mask %0 {low = 0.0, high = 6.0} : tensor<4x8xf32> -> tensor<4xi8>
  return %1 : tensor<4xi8>
}

// A reshape of a slice with gaps is a copy, and counts.
// CHECK-LABEL: func.func @reshape_of_slice
// CHECK-SAME: live_bytes = 128
func.func @reshape_of_slice(%x: tensor<4x16xf32>, %y: tensor<32xf32>) -> tensor<1xf32> {
  %0 = nn.slice %x {starts = array<i64: 0, 4>, strides = array<i64: 1, 1>} : (tensor<4x16xf32>) -> tensor<4x8xf32>
  %1 = nn.reshape %0 : tensor<4x8xf32> -> tensor<32xf32>
  %2 = nn.mul %1, %y : tensor<32xf32>, tensor<32xf32>
  %3 = nn.reduce sum %2 {axes = array<i64: 0>, keepdims} : (tensor<32xf32>) -> tensor<1xf32>
  return %3 : tensor<1xf32>
}

// The sums of a product of bf16 are narrowed and passed on in registers.
// CHECK-LABEL: func.func @narrowed
// CHECK-SAME: live_bytes = 0
func.func @narrowed(%x: tensor<2x4xbf16>, %w: tensor<4x8xbf16>) -> tensor<2x8xbf16> {
  %0 = nn.matmul %x, %w : (tensor<2x4xbf16>, tensor<4x8xbf16>) -> tensor<2x8xbf16>
  %1 = nn.neg %0 : tensor<2x8xbf16>
  return %1 : tensor<2x8xbf16>
}

// What reads kept axes of a sum is its epilogue.
// CHECK-LABEL: func.func @kept_axes
// CHECK-SAME: live_bytes = 0
func.func @kept_axes(%x: tensor<2x4x8xf32>, %y: tensor<2x1x1xf32>) -> tensor<2x1x1xf32> {
  %0 = nn.reduce sum %x {axes = array<i64: 1, 2>, keepdims} : (tensor<2x4x8xf32>) -> tensor<2x1x1xf32>
  %1 = nn.mul %0, %y : tensor<2x1x1xf32>, tensor<2x1x1xf32>
  %2 = nn.exp %1 : tensor<2x1x1xf32>
  return %2 : tensor<2x1x1xf32>
}

// A sum without axes that an op with an axis reads is stored.
// CHECK-LABEL: func.func @other_rank
// CHECK-SAME: live_bytes = 4
func.func @other_rank(%x: tensor<8xf32>, %y: tensor<1xf32>) -> tensor<1xf32> {
  %0 = nn.reduce max %x {axes = array<i64: 0>} : (tensor<8xf32>) -> tensor<f32>
  %1 = nn.sub %0, %y : tensor<f32>, tensor<1xf32>
  return %1 : tensor<1xf32>
}

// Parts of a gradient are scaled and narrowed where they are computed.
// CHECK-LABEL: func.func @scaled_parts
// CHECK-SAME: live_bytes = 1
func.func @scaled_parts(%dy: tensor<1x1x2x1xbf16>, %w: tensor<2x2x1x1x!w>) -> tensor<1x1x2x1xbf16> {
  %0 = nn.cast %dy : tensor<1x1x2x1xbf16> to tensor<1x1x2x1xf32>
  %1 = nn.conv2d_input_grad %0, %w {pads = array<i64: 1, 1, 1, 1>, strides = array<i64: 2, 2>} : (tensor<1x1x2x1xf32>, tensor<2x2x1x1x!w>) -> tensor<1x1x2x1xf32>
  %2 = nn.cast %1 : tensor<1x1x2x1xf32> to tensor<1x1x2x1xbf16>
  return %2 : tensor<1x1x2x1xbf16>
}

// A softmax keeps its powers in its result; not where an argument has to be read
// later.
train.parameter @v : tensor<2x3xf32> = dense<1.0> : tensor<2x3xf32>
// CHECK-LABEL: func.func @late_argument
// CHECK-SAME: live_bytes = 32
func.func @late_argument(%x: tensor<2x3xf32>) {
  %v = train.read @v : tensor<2x3xf32>
  %0 = nn.softmax %x {axis = 1 : i64} : tensor<2x3xf32>
  %1 = nn.add %v, %0 : tensor<2x3xf32>, tensor<2x3xf32>
  train.write %1, @v : tensor<2x3xf32>
  return
}

// The powers of a softmax are kept at its place in an image with a border.
// CHECK-LABEL: func.func @softmax_in_border
// CHECK-SAME: live_bytes = 112
func.func @softmax_in_border(%x: tensor<1x2x3x2xf32>) -> tensor<1x2x3x2xf32> {
  %0 = nn.softmax %x {axis = 2 : i64} : tensor<1x2x3x2xf32>
  %1 = nn.max_pool2d %0 {kernel = array<i64: 2, 2>, pads = array<i64: 0, 0, 1, 1>} : (tensor<1x2x3x2xf32>) -> tensor<1x2x3x2xf32>
  return %1 : tensor<1x2x3x2xf32>
}

// The result has the powers' type, but its elements are in another order.
// CHECK-LABEL: func.func @softmax_transposed
// CHECK-SAME: live_bytes = 80
func.func @softmax_transposed(%x: tensor<4x4xf32>) -> tensor<4x4xf32> {
  %0 = nn.softmax %x {axis = 1 : i64} : tensor<4x4xf32>
  %1 = nn.transpose %0 {permutation = array<i64: 1, 0>} : (tensor<4x4xf32>) -> tensor<4x4xf32>
  return %1 : tensor<4x4xf32>
}

// The gradient of a grouped weight is scaled before the axes of its groups are
// joined: the sum and its scale are written into the result.
// CHECK-LABEL: func.func @grouped_weight
// CHECK-SAME: live_bytes = 32
func.func @grouped_weight(%x: tensor<1x5x5x4x!q>, %dy: tensor<1x5x5x4xf32>) -> tensor<1x1x2x4xf32> {
  %0 = nn.conv2d_weight_grad %x, %dy {groups = 2 : i64} : (tensor<1x5x5x4x!q>, tensor<1x5x5x4xf32>) -> tensor<1x1x2x4xf32>
  return %0 : tensor<1x1x2x4xf32>
}

// Codes with a scale for each channel are decoded where a grouped gradient reads
// them.
// CHECK-LABEL: func.func @grouped_codes_of_gradient
// CHECK-SAME: live_bytes = 32
func.func @grouped_codes_of_gradient(%x: tensor<1x5x5x4xf32>, %dy: tensor<1x5x5x4xi8>, %scales: tensor<4xf32>) -> tensor<1x1x2x4xf32> {
  %0 = lowp.decode %dy, %scales : tensor<1x5x5x4xi8>, tensor<4xf32> -> tensor<1x5x5x4xf32>
  %1 = nn.conv2d_weight_grad %x, %0 {groups = 2 : i64} : (tensor<1x5x5x4xf32>, tensor<1x5x5x4xf32>) -> tensor<1x1x2x4xf32>
  return %1 : tensor<1x1x2x4xf32>
}

// Codes that are an output, under another type, stay what they are: no kernel
// writes over them.
!u = !quant.uniform<u8:f32, 0.05:131>
// CHECK-LABEL: func.func @output_of_codes
// CHECK-SAME: live_bytes = 17
func.func @output_of_codes(%x: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xui8>) {
  %0 = lowp.quantize %x : tensor<4xf32> -> tensor<4x!u>
  %1 = nn.tanh %0 : tensor<4x!u> -> tensor<4x!u>
  %2 = nn.softmax %1 {axis = 0 : i64} : tensor<4x!u>
  %3 = lowp.dequantize %2 : tensor<4x!u> -> tensor<4xf32>
  %4 = quant.scast %0 : tensor<4x!u> to tensor<4xi8>
  %5 = tensor.bitcast %4 : tensor<4xi8> to tensor<4xui8>
  return %3, %5 : tensor<4xf32>, tensor<4xui8>
}

// Codes of a weight with two channels a group are decoded as they are loaded.
!c = !quant.uniform<i8:f32:3, {0.01, 0.02, 0.03, 0.04}>
// CHECK-LABEL: func.func @depthwise_by_two
// CHECK-SAME: live_bytes = 144
func.func @depthwise_by_two(%x: tensor<1x3x3x2xf32>, %w: tensor<1x1x1x4x!c>) -> tensor<1x3x3x4xf32> {
  %0 = lowp.dequantize %w : tensor<1x1x1x4x!c> -> tensor<1x1x1x4xf32>
  %1 = nn.conv2d %x, %0 {groups = 2 : i64} : (tensor<1x3x3x2xf32>, tensor<1x1x1x4xf32>) -> tensor<1x3x3x4xf32>
  return %1 : tensor<1x3x3x4xf32>
}

// RUN: coppice-opt %s --lowp-fuse-qdq --canonicalize | FileCheck %s

!x = !quant.uniform<i8:f32, 0.5:-10>
!w = !quant.uniform<i8:f32, 0.25>
!y = !quant.uniform<i8:f32, 0.125:-4>
!b = !quant.uniform<i32:f32, 0.125>

// The rectifier is the storage range: its code 0 is the zero point.
// CHECK-LABEL: @conv
// CHECK: nn.conv2d %arg0, %arg1 : {{.*}} -> tensor<1x4x4x2x!quant.uniform<i8<-4:127>:f32, 1.250000e-01:-4>>
// CHECK-NOT: nn.relu
func.func @conv(%x: tensor<1x4x4x3x!x>, %w: tensor<1x1x3x2x!w>) -> tensor<1x4x4x2x!y> {
  %0 = lowp.dequantize %x : tensor<1x4x4x3x!x> -> tensor<1x4x4x3xf32>
  %1 = lowp.dequantize %w : tensor<1x1x3x2x!w> -> tensor<1x1x3x2xf32>
  %2 = nn.conv2d %0, %1 : (tensor<1x4x4x3xf32>, tensor<1x1x3x2xf32>) -> tensor<1x4x4x2xf32>
  %3 = nn.relu %2 : tensor<1x4x4x2xf32>
  %4 = lowp.quantize %3 : tensor<1x4x4x2xf32> -> tensor<1x4x4x2x!y>
  return %4 : tensor<1x4x4x2x!y>
}

// A bias joins the matmul, which rescales once.
// CHECK-LABEL: @gemm
// CHECK: nn.matmul %arg0, %arg1, %arg2 : {{.*}} -> tensor<2x5x!quant.uniform<i8<-4:127>:f32, 1.250000e-01:-4>>
// CHECK-NOT: nn.add
func.func @gemm(%x: tensor<2x3x!x>, %w: tensor<3x5x!w>, %b: tensor<5x!b>) -> tensor<2x5x!y> {
  %0 = lowp.dequantize %x : tensor<2x3x!x> -> tensor<2x3xf32>
  %1 = lowp.dequantize %w : tensor<3x5x!w> -> tensor<3x5xf32>
  %2 = lowp.dequantize %b : tensor<5x!b> -> tensor<5xf32>
  %3 = nn.matmul %0, %1 : (tensor<2x3xf32>, tensor<3x5xf32>) -> tensor<2x5xf32>
  %4 = nn.add %3, %2 : tensor<2x5xf32>, tensor<5xf32>
  %5 = nn.relu %4 : tensor<2x5xf32>
  %6 = lowp.quantize %5 : tensor<2x5xf32> -> tensor<2x5x!y>
  return %6 : tensor<2x5x!y>
}

// One scale for each column, of the weight and of the bias.
// CHECK-LABEL: @gemm_columns
// CHECK: nn.matmul %arg0, %arg1, %arg2 : {{.*}} -> tensor<2x2x!quant.uniform<i8:f32, 1.250000e-01:-4>>
func.func @gemm_columns(%x: tensor<2x3x!x>, %w: tensor<3x2x!quant.uniform<i8:f32:1, {0.25, 0.5}>>, %b: tensor<2x!quant.uniform<i32:f32:0, {0.125, 0.25}>>) -> tensor<2x2x!y> {
  %0 = lowp.dequantize %x : tensor<2x3x!x> -> tensor<2x3xf32>
  %1 = lowp.dequantize %w : tensor<3x2x!quant.uniform<i8:f32:1, {0.25, 0.5}>> -> tensor<3x2xf32>
  %2 = lowp.dequantize %b : tensor<2x!quant.uniform<i32:f32:0, {0.125, 0.25}>> -> tensor<2xf32>
  %3 = nn.matmul %0, %1 : (tensor<2x3xf32>, tensor<3x2xf32>) -> tensor<2x2xf32>
  %4 = nn.add %3, %2 : tensor<2x2xf32>, tensor<2xf32>
  %5 = lowp.quantize %4 : tensor<2x2xf32> -> tensor<2x2x!y>
  return %5 : tensor<2x2x!y>
}

// A bias of another shape is added to accumulators, which are codes of scale
// s_x s_w.
// CHECK-LABEL: @gemm_rows
// CHECK: %[[SUMS:.*]] = nn.matmul %arg0, %arg1 : {{.*}} -> tensor<2x5x!quant.uniform<i32:f32, 1.250000e-01>>
// CHECK: nn.add %[[SUMS]], %arg2 : {{.*}} -> tensor<2x5x!quant.uniform<i8:f32, 1.250000e-01:-4>>
func.func @gemm_rows(%x: tensor<2x3x!x>, %w: tensor<3x5x!w>, %b: tensor<2x1x!b>) -> tensor<2x5x!y> {
  %0 = lowp.dequantize %x : tensor<2x3x!x> -> tensor<2x3xf32>
  %1 = lowp.dequantize %w : tensor<3x5x!w> -> tensor<3x5xf32>
  %2 = lowp.dequantize %b : tensor<2x1x!b> -> tensor<2x1xf32>
  %3 = nn.matmul %0, %1 : (tensor<2x3xf32>, tensor<3x5xf32>) -> tensor<2x5xf32>
  %4 = nn.add %3, %2 : tensor<2x5xf32>, tensor<2x1xf32>
  %5 = lowp.quantize %4 : tensor<2x5xf32> -> tensor<2x5x!y>
  return %5 : tensor<2x5x!y>
}

// The statistics have no reader.
// CHECK-LABEL: @normalize
// CHECK: nn.normalize %arg0 {{.*}} : (tensor<2x8x!quant.uniform<i8:f32, 5.000000e-01:-10>>) -> (tensor<2x8x!quant.uniform<i8:f32, 1.250000e-01:-4>>, tensor<2x1xf32>, tensor<2x1xf32>)
func.func @normalize(%x: tensor<2x8x!x>) -> tensor<2x8x!y> {
  %0 = lowp.dequantize %x : tensor<2x8x!x> -> tensor<2x8xf32>
  %1, %m, %v = nn.normalize %0 {axes = array<i64: 1>, epsilon = 1.0e-5} : (tensor<2x8xf32>) -> (tensor<2x8xf32>, tensor<2x1xf32>, tensor<2x1xf32>)
  %2 = lowp.quantize %1 : tensor<2x8xf32> -> tensor<2x8x!y>
  return %2 : tensor<2x8x!y>
}

// A layer whose result another op reads as a float stays float.
// CHECK-LABEL: @two_readers
// CHECK: nn.tanh {{.*}} : tensor<4xf32>
func.func @two_readers(%x: tensor<4x!x>) -> (tensor<4x!y>, tensor<4xf32>) {
  %0 = lowp.dequantize %x : tensor<4x!x> -> tensor<4xf32>
  %1 = nn.tanh %0 : tensor<4xf32>
  %2 = lowp.quantize %1 : tensor<4xf32> -> tensor<4x!y>
  return %2, %1 : tensor<4x!y>, tensor<4xf32>
}

// A float reader of moved elements gets them moved as codes.
// CHECK-LABEL: @move
// CHECK: nn.reshape %arg0
// CHECK-NEXT: lowp.dequantize
func.func @move(%x: tensor<2x3x!x>) -> tensor<6xf32> {
  %0 = lowp.dequantize %x : tensor<2x3x!x> -> tensor<2x3xf32>
  %1 = nn.reshape %0 : tensor<2x3xf32> -> tensor<6xf32>
  return %1 : tensor<6xf32>
}

// A sum that is not quantized keeps its integer accumulators.
// CHECK-LABEL: @float_sum
// CHECK: nn.matmul %arg0, %arg1 : {{.*}} -> tensor<2x5x!quant.uniform<i32:f32, 1.250000e-01>>
// CHECK: nn.add {{.*}} : tensor<2x5xf32>, tensor<5xf32>
func.func @float_sum(%x: tensor<2x3x!x>, %w: tensor<3x5x!w>, %b: tensor<5x!b>) -> tensor<2x5xf32> {
  %0 = lowp.dequantize %x : tensor<2x3x!x> -> tensor<2x3xf32>
  %1 = lowp.dequantize %w : tensor<3x5x!w> -> tensor<3x5xf32>
  %2 = lowp.dequantize %b : tensor<5x!b> -> tensor<5xf32>
  %3 = nn.matmul %0, %1 : (tensor<2x3xf32>, tensor<3x5xf32>) -> tensor<2x5xf32>
  %4 = nn.add %3, %2 : tensor<2x5xf32>, tensor<5xf32>
  return %4 : tensor<2x5xf32>
}

// Moved codes keep their type: a clip behind the move is a layer of its own,
// and another scale is a conversion.
// CHECK-LABEL: @clip_after_move
// CHECK: %[[MOVED:.*]] = nn.reshape %arg0
// CHECK: nn.clip %[[MOVED]] {{.*}} : tensor<6x!quant
// CHECK: %[[OTHER:.*]] = nn.cast %arg1
// CHECK: nn.reshape %[[OTHER]]
func.func @clip_after_move(%x: tensor<2x3x!x>, %z: tensor<2x3x!x>) -> (tensor<6x!x>, tensor<6x!y>) {
  %0 = lowp.dequantize %x : tensor<2x3x!x> -> tensor<2x3xf32>
  %1 = nn.reshape %0 : tensor<2x3xf32> -> tensor<6xf32>
  %2 = nn.clip %1 {low = -1.0 : f64, high = 1.0 : f64} : tensor<6xf32>
  %3 = lowp.quantize %2 : tensor<6xf32> -> tensor<6x!x>
  %4 = lowp.dequantize %z : tensor<2x3x!x> -> tensor<2x3xf32>
  %5 = nn.reshape %4 : tensor<2x3xf32> -> tensor<6xf32>
  %6 = lowp.quantize %5 : tensor<6xf32> -> tensor<6x!y>
  return %3, %6 : tensor<6x!x>, tensor<6x!y>
}

// The layer before a reshape gets its rectifier last: the reshape, and the
// codes behind it, take the narrower range.
// CHECK-LABEL: @narrow_before_move
// CHECK: %[[T:.*]] = nn.tanh %arg0 : {{.*}} -> tensor<2x3x!quant.uniform<i8<-4:127>
// CHECK: %[[R:.*]] = nn.reshape %[[T]] : {{.*}} -> tensor<6x!quant.uniform<i8<-4:127>
// CHECK: %[[E:.*]] = nn.exp %[[R]]
// CHECK: return %[[E]]
func.func @narrow_before_move(%x: tensor<2x3x!x>) -> tensor<6x!x> {
  %0 = lowp.dequantize %x : tensor<2x3x!x> -> tensor<2x3xf32>
  %1 = nn.tanh %0 : tensor<2x3xf32>
  %2 = nn.relu %1 : tensor<2x3xf32>
  %3 = lowp.quantize %2 : tensor<2x3xf32> -> tensor<2x3x!y>
  %4 = nn.reshape %3 : tensor<2x3x!y> -> tensor<6x!y>
  %5 = lowp.dequantize %4 : tensor<6x!y> -> tensor<6xf32>
  %6 = nn.exp %5 : tensor<6xf32>
  %7 = lowp.quantize %6 : tensor<6xf32> -> tensor<6x!x>
  return %7 : tensor<6x!x>
}

// Codes of a narrower range are codes of the wider one.
// CHECK-LABEL: @widen
// CHECK-NEXT: nn.exp %arg0
// CHECK-NEXT: return
func.func @widen(%x: tensor<6x!quant.uniform<i8<-8:7>:f32, 0.5:-8>>) -> tensor<6x!y> {
  %0 = lowp.dequantize %x : tensor<6x!quant.uniform<i8<-8:7>:f32, 0.5:-8>> -> tensor<6xf32>
  %1 = lowp.quantize %0 : tensor<6xf32> -> tensor<6x!quant.uniform<i8:f32, 0.5:-8>>
  %2 = lowp.dequantize %1 : tensor<6x!quant.uniform<i8:f32, 0.5:-8>> -> tensor<6xf32>
  %3 = nn.exp %2 : tensor<6xf32>
  %4 = lowp.quantize %3 : tensor<6xf32> -> tensor<6x!y>
  return %4 : tensor<6x!y>
}

// A function argument that is clipped is quantized to codes in a narrower
// range.
// CHECK-LABEL: @clip_argument
// CHECK-NEXT: %[[Q:.*]] = lowp.quantize %arg0 : tensor<6xf32> -> tensor<6x!quant.uniform<i8<-12:4>
// CHECK-NEXT: nn.exp %[[Q]]
func.func @clip_argument(%x: tensor<6xf32>) -> tensor<6x!y> {
  %0 = nn.clip %x {low = -1.0 : f64, high = 7.0 : f64} : tensor<6xf32>
  %1 = lowp.quantize %0 : tensor<6xf32> -> tensor<6x!x>
  %2 = lowp.dequantize %1 : tensor<6x!x> -> tensor<6xf32>
  %3 = nn.exp %2 : tensor<6xf32>
  %4 = lowp.quantize %3 : tensor<6xf32> -> tensor<6x!y>
  return %4 : tensor<6x!y>
}

// The last clip decides: numbers clipped to 2 at least, then to 0 at most, are
// 0. That is one code, and a storage range has more than one.
// CHECK-LABEL: @disjoint_clips
// CHECK: nn.clip {{.*}} {high = 6.0
// CHECK-NEXT: nn.clip {{.*}} {high = 0.0
// CHECK-NEXT: lowp.quantize {{.*}} -> tensor<6x!quant.uniform<i8:f32
func.func @disjoint_clips(%x: tensor<6x!x>) -> tensor<6x!x> {
  %0 = lowp.dequantize %x : tensor<6x!x> -> tensor<6xf32>
  %1 = nn.exp %0 : tensor<6xf32>
  %2 = nn.clip %1 {low = 2.0 : f64, high = 6.0 : f64} : tensor<6xf32>
  %3 = nn.clip %2 {low = -1.0 : f64, high = 0.0 : f64} : tensor<6xf32>
  %4 = lowp.quantize %3 : tensor<6xf32> -> tensor<6x!x>
  return %4 : tensor<6x!x>
}

// Codes to codes of another format: no float between.
// CHECK-LABEL: @convert
// CHECK-NEXT: %[[C:.*]] = nn.cast %arg0 : tensor<6x!quant{{.*}}> to tensor<6x!quant
// CHECK-NEXT: return %[[C]]
func.func @convert(%x: tensor<6x!x>) -> tensor<6x!y> {
  %0 = lowp.dequantize %x : tensor<6x!x> -> tensor<6xf32>
  %1 = lowp.quantize %0 : tensor<6xf32> -> tensor<6x!y>
  return %1 : tensor<6x!y>
}

// 600 products of 16 and 8 bits may leave 32 bits: the layer stays float.
// CHECK-LABEL: @wide_sum
// CHECK: nn.matmul {{.*}}tensor<1x600xf32>
func.func @wide_sum(%x: tensor<1x600x!quant.uniform<i16:f32, 0.5>>, %w: tensor<600x2x!w>) -> tensor<1x2x!y> {
  %0 = lowp.dequantize %x : tensor<1x600x!quant.uniform<i16:f32, 0.5>> -> tensor<1x600xf32>
  %1 = lowp.dequantize %w : tensor<600x2x!w> -> tensor<600x2xf32>
  %2 = nn.matmul %0, %1 : (tensor<1x600xf32>, tensor<600x2xf32>) -> tensor<1x2xf32>
  %3 = lowp.quantize %2 : tensor<1x2xf32> -> tensor<1x2x!y>
  return %3 : tensor<1x2x!y>
}

// A conversion of integers that are no codes is no layer on codes.
// CHECK-LABEL: @cast_of_integers
// CHECK: %[[R:.*]] = nn.cast %arg0 : tensor<4xi32> to tensor<4xf32>
// CHECK-NEXT: lowp.quantize %[[R]]
func.func @cast_of_integers(%x: tensor<4xi32>) -> tensor<4x!y> {
  %0 = nn.cast %x : tensor<4xi32> to tensor<4xf32>
  %1 = lowp.quantize %0 : tensor<4xf32> -> tensor<4x!y>
  return %1 : tensor<4x!y>
}

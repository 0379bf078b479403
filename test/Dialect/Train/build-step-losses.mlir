// RUN: coppice-opt %s --train-build-step=loss=bce | FileCheck %s --check-prefix=BCE
// RUN: coppice-opt %s --train-build-step="loss=bce output=1 from=scores" | FileCheck %s --check-prefix=PLAIN
// RUN: coppice-opt %s --train-build-step="loss=bce-logits from=scores" | FileCheck %s --check-prefix=LOGITS
// RUN: coppice-opt %s --train-build-step=from=transposed | FileCheck %s --check-prefix=AXIS

train.parameter @w : tensor<3xf32> = dense<1.0> : tensor<3xf32>

// A sigmoid that ends the model is skipped: log(1 + e^x) - x y does not
// overflow.
// BCE-LABEL: func.func @train
// BCE-SAME: , %[[Y:[a-z0-9]*]]: tensor<2x3xf32> {coppice.role = #coppice.role<label "labels">}
// BCE: %[[X:.*]] = nn.mul
// BCE-NOT: nn.sigmoid
// BCE: %[[S:.*]] = nn.softplus %[[X]]
// BCE: %[[XY:.*]] = nn.mul %[[X]], %[[Y]]
// BCE: %[[D:.*]] = nn.sub %[[S]], %[[XY]]
// BCE: nn.reduce mean %[[D]] {axes = array<i64: 0, 1>}
func.func @infer(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %w = train.read @w : tensor<3xf32>
  %y = nn.mul %x, %w : tensor<2x3xf32>, tensor<3xf32>
  %z = nn.sigmoid %y : tensor<2x3xf32>
  return %z : tensor<2x3xf32>
}

// The other result stays; logarithms are bounded without a NaN in the gradient.
// PLAIN-LABEL: func.func @train
// PLAIN-SAME: -> (tensor<f32> {coppice.role = #coppice.role<loss "loss">}, tensor<2x3xf32>, tensor<2x3xf32>)
// PLAIN: %[[P:.*]] = nn.abs
// PLAIN: %[[POSITIVE:.*]] = nn.compare gt %[[P]]
// PLAIN: %[[SAFE:.*]] = nn.where %[[POSITIVE]], %[[P]]
// PLAIN: %[[LOG:.*]] = nn.log %[[SAFE]]
// PLAIN: nn.max %[[LOG]]
// PLAIN: nn.where %[[POSITIVE]]
// LOGITS-LABEL: func.func @train
// LOGITS: nn.softplus
func.func @scores(%x: tensor<2x3xf32>) -> (tensor<2x3xf32>, tensor<2x3xf32>) {
  %w = train.read @w : tensor<3xf32>
  %y = nn.mul %x, %w : tensor<2x3xf32>, tensor<3xf32>
  %p = nn.abs %y : tensor<2x3xf32>
  return %y, %p : tensor<2x3xf32>, tensor<2x3xf32>
}

// A softmax over another axis is part of the model; rows are made of what
// follows it.
// AXIS-LABEL: func.func @train
// AXIS: nn.softmax
// AXIS: %[[T:.*]] = nn.transpose
// AXIS: %[[ROWS:.*]] = nn.reshape %[[T]] : tensor<3x1x2xf32> -> tensor<3x2xf32>
// AXIS: nn.softmax_cross_entropy %[[ROWS]]
func.func @transposed(%x: tensor<2x3xf32>) -> tensor<3x1x2xf32> {
  %w = train.read @w : tensor<3xf32>
  %y = nn.mul %x, %w : tensor<2x3xf32>, tensor<3xf32>
  %s = nn.softmax %y {axis = 1 : i64} : tensor<2x3xf32>
  %r = nn.reshape %s : tensor<2x3xf32> -> tensor<2x3x1xf32>
  %t = nn.transpose %r {permutation = array<i64: 1, 2, 0>} : (tensor<2x3x1xf32>) -> tensor<3x1x2xf32>
  return %t : tensor<3x1x2xf32>
}

// Probabilities that are codes: the loss is of the dequantized logits.
// RUN: coppice-opt %s --train-build-step=from=codes | FileCheck %s --check-prefix=CODES
// CODES-LABEL: func.func @train
// CODES: %[[SCORES:.*]] = nn.mul %{{.*}} : tensor<2x3x!quant
// CODES-NEXT: %[[REAL:.*]] = lowp.dequantize %[[SCORES]]
// CODES-NOT: nn.softmax %
// CODES: %[[LOSS:.*]] = nn.softmax_cross_entropy %[[REAL]]
// CODES: return %[[LOSS]], %[[REAL]]
!q = !quant.uniform<i8:f32, 0.5>
!p = !quant.uniform<i8:f32, 0.00390625:-128>
train.parameter @q : tensor<3xi8> = dense<1> : tensor<3xi8> {quantized = !q}
func.func @codes(%x: tensor<2x3x!q>) -> tensor<2x3xf32> {
  %w = train.read @q : tensor<3x!q>
  %y = nn.mul %x, %w : tensor<2x3x!q>, tensor<3x!q> -> tensor<2x3x!q>
  %s = nn.softmax %y {axis = 1 : i64} : tensor<2x3x!q> -> tensor<2x3x!p>
  %z = lowp.dequantize %s : tensor<2x3x!p> -> tensor<2x3xf32>
  return %z : tensor<2x3xf32>
}

// Neither a fake quantizer nor a clip that loses no more than a code does hides
// the softmax.
// RUN: coppice-opt %s --train-build-step=from=fake | FileCheck %s --check-prefix=FAKE
// RUN: coppice-opt %s --train-build-step=from=clipped | FileCheck %s --check-prefix=FAKE
// FAKE-LABEL: func.func @train
// FAKE: %[[SCORES:.*]] = nn.mul
// FAKE-NOT: nn.softmax %
// FAKE: nn.softmax_cross_entropy %[[SCORES]]
func.func @fake(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %w = train.read @w : tensor<3xf32>
  %y = nn.mul %x, %w : tensor<2x3xf32>, tensor<3xf32>
  %s = nn.softmax %y {axis = 1 : i64} : tensor<2x3xf32>
  %scale = arith.constant dense<0.0625> : tensor<f32>
  %z = lowp.fake_quant %s, %scale [-8, 7] {zero_point = -8 : i64} : tensor<2x3xf32>, tensor<f32>
  return %z : tensor<2x3xf32>
}
func.func @clipped(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %w = train.read @w : tensor<3xf32>
  %y = nn.mul %x, %w : tensor<2x3xf32>, tensor<3xf32>
  %s = nn.softmax %y {axis = 1 : i64} : tensor<2x3xf32>
  %c = nn.clip %s {low = 0.0 : f64, high = 0.998 : f64} : tensor<2x3xf32>
  %q = lowp.quantize %c : tensor<2x3xf32> -> tensor<2x3x!p>
  %z = lowp.dequantize %q : tensor<2x3x!p> -> tensor<2x3xf32>
  return %z : tensor<2x3xf32>
}

// A clip that binds is part of the model, also where it became a range of codes,
// or has nothing to do with codes.
// RUN: coppice-opt %s --train-build-step=from=binding | FileCheck %s --check-prefix=BINDS
// RUN: coppice-opt %s --lowp-fuse-qdq --train-build-step=from=binding | FileCheck %s --check-prefix=BINDS
// RUN: coppice-opt %s --train-build-step=from=floats | FileCheck %s --check-prefix=BINDS
// RUN: coppice-opt %s --train-build-step=from=half | FileCheck %s --check-prefix=BINDS
// RUN: coppice-opt %s --train-build-step="from=floats output=1" | FileCheck %s --check-prefix=FREE
// BINDS-LABEL: func.func @train
// BINDS: nn.softmax %
// BINDS: nn.softmax_cross_entropy
// FREE-LABEL: func.func @train
// FREE: %[[SCORES:.*]] = nn.mul
// FREE: nn.softmax_cross_entropy %[[SCORES]]
func.func @binding(%x: tensor<2x3x!q>) -> tensor<2x3xf32> {
  %w = train.read @q : tensor<3x!q>
  %y = nn.mul %x, %w : tensor<2x3x!q>, tensor<3x!q> -> tensor<2x3x!q>
  %r = lowp.dequantize %y : tensor<2x3x!q> -> tensor<2x3xf32>
  %s = nn.softmax %r {axis = 1 : i64} : tensor<2x3xf32>
  %c = nn.clip %s {low = 0.0 : f64, high = 0.5 : f64} : tensor<2x3xf32>
  %p = lowp.quantize %c : tensor<2x3xf32> -> tensor<2x3x!p>
  %z = lowp.dequantize %p : tensor<2x3x!p> -> tensor<2x3xf32>
  return %z : tensor<2x3xf32>
}
// All codes of a byte, of which the last stands for 255 / 512.
func.func @half(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %w = train.read @w : tensor<3xf32>
  %y = nn.mul %x, %w : tensor<2x3xf32>, tensor<3xf32>
  %s = nn.softmax %y {axis = 1 : i64} : tensor<2x3xf32>
  %q = lowp.quantize %s : tensor<2x3xf32> -> tensor<2x3x!quant.uniform<i8:f32, 0.001953125:-128>>
  %z = lowp.dequantize %q : tensor<2x3x!quant.uniform<i8:f32, 0.001953125:-128>> -> tensor<2x3xf32>
  return %z : tensor<2x3xf32>
}
func.func @floats(%x: tensor<2x3xf32>) -> (tensor<2x3xf32>, tensor<2x3xf32>) {
  %w = train.read @w : tensor<3xf32>
  %y = nn.mul %x, %w : tensor<2x3xf32>, tensor<3xf32>
  %s = nn.softmax %y {axis = 1 : i64} : tensor<2x3xf32>
  %b = nn.clip %s {low = 0.0 : f64, high = 0.995 : f64} : tensor<2x3xf32>
  %t = nn.softmax %y {axis = 1 : i64} : tensor<2x3xf32>
  %c = nn.clip %t {low = 0.0 : f64, high = 1.0 : f64} : tensor<2x3xf32>
  return %b, %c : tensor<2x3xf32>, tensor<2x3xf32>
}

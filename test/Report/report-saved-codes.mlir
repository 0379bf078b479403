// Codes and masks that are held for the backward pass: a byte and a bit an
// element.
// RUN: coppice-opt %s --report-memory="json=- html=" -o /dev/null | FileCheck %s

!wide = !quant.uniform<i16:f32, 0.5>
!code = !quant.uniform<i8:f32, 0.5>

// CHECK: "saved": {
// CHECK-NEXT: "bytes": 18,
// CHECK-DAG: "bytes": 16,
// CHECK-DAG: "bytes": 2,
func.func @step(%x: tensor<16xf32>, %dy: tensor<16xf32>)
    -> (tensor<16xf32> {coppice.role = #coppice.role<gradient "x" of @x>}) {
  %w = lowp.quantize %x : tensor<16xf32> -> tensor<16x!wide> loc("q")
  %q, %mask = lowp.clamp %w : tensor<16x!wide> -> tensor<16x!code>, tensor<2xi8> loc("q")
  %0 = train.saved #train.keep %q : tensor<16x!code>
  %1 = train.saved #train.keep %mask : tensor<2xi8>
  %r = lowp.dequantize %0 : tensor<16x!code> -> tensor<16xf32>
  %s = lowp.select_by_mask %dy, %1 : tensor<16xf32>, tensor<2xi8>
  %d = nn.mul %r, %s : tensor<16xf32>, tensor<16xf32>
  return %d : tensor<16xf32>
}

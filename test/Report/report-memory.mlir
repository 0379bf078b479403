// RUN: coppice-opt %s --report-memory="json=%t.json html=%t.html" -o /dev/null
// RUN: FileCheck %s < %t.json
// RUN: FileCheck %s --check-prefix=PAGE < %t.html

module attributes {train.model = "net<1>", train.state_bytes = 64 : i64} {
  train.parameter @w : tensor<3x3x2x4xf32> = dense_resource<w> : tensor<3x3x2x4xf32> {state_offset = 0 : i64}
  train.parameter @m : tensor<3x3x2x4xf32> = dense<0.0> : tensor<3x3x2x4xf32> {state_offset = 320 : i64}

  // The inference function still consists of layers; 3*3*2 products for each of
  // 8*8*4 results.
  // CHECK: "flash_bytes": 288,
  // CHECK: "layers": [
  // CHECK-NEXT: {
  // CHECK-NEXT: "macs": 4608,
  // CHECK-NEXT: "name": "conv",
  // CHECK-NEXT: "op": "conv2d",
  // CHECK-NEXT: "output_bytes": 1024,
  // CHECK-NEXT: "parameter_bytes": 288,
  // CHECK-NEXT: "shape": "1x8x8x4xf32"
  func.func private @infer(%x: tensor<1x8x8x2xf32>) -> tensor<1x8x8x4xf32> {
    %w = train.read @w : tensor<3x3x2x4xf32>
    %y = nn.conv2d %x, %w {pads = array<i64: 1, 1, 1, 1>}
      : (tensor<1x8x8x2xf32>, tensor<3x3x2x4xf32>) -> tensor<1x8x8x4xf32> loc("conv")
    return %y : tensor<1x8x8x4xf32>
  }

  // The forward values that edges hold, each storage once. The caller holds the
  // input.
  // CHECK: "saved": {
  // CHECK-NEXT: "bytes": 33,
  // CHECK-NEXT: "layers": [
  // CHECK-NEXT: {
  // CHECK-NEXT: "bytes": 32,
  // CHECK-NEXT: "name": "exp"
  // CHECK-NEXT: },
  // CHECK-NEXT: {
  // CHECK-NEXT: "bytes": 1,
  // CHECK-NEXT: "name": "neg"
  // CHECK-NEXT: }
  // CHECK-NEXT: ]
  func.func private @step(%x: tensor<8xf32>) -> (tensor<8xf32> {coppice.role = #coppice.role<gradient "x" of @w>}) {
    %u = nn.neg %x : tensor<8xf32> loc("update")
    %e = nn.exp %u : tensor<8xf32> loc("exp")
    %l = nn.neg %e : tensor<8xf32> loc("neg")
    %v = nn.reshape %e : tensor<8xf32> -> tensor<2x4xf32> loc("view")
    %0 = train.saved #train.keep %x : tensor<8xf32>
    %1 = train.saved #train.keep %e : tensor<8xf32>
    %2 = train.saved #train.keep %v : tensor<2x4xf32>
    %3 = train.saved #train.mask<low = 0.0> %l : tensor<8xf32>
    %g = nn.mul %0, %1 : tensor<8xf32>, tensor<8xf32>
    %h = lowp.select_by_mask %g, %3 : tensor<8xf32>, tensor<1xi8>
    return %h : tensor<8xf32>
  }

  // PAGE: <title>net&lt;1&gt;: memory</title>
  // Neighbouring steps of one name between which nothing changes are one.
  // PAGE: <h2><code>train</code></h2>
  // PAGE: 2 steps, 2 buffers. Arena 128 bytes, lower bound 128: the packing is optimal
  // PAGE: data-label='a
  // PAGE-NEXT: saved, 64 bytes at 0
  // PAGE-NEXT: live from step 0 to 1
  func.func @train(%x: memref<16xf32>, %arena: memref<128xi8> {coppice.role = #coppice.role<arena>})
      attributes {plan.arena_bytes = 128 : i64, plan.lower_bound_bytes = 128 : i64} {
    %c0 = arith.constant 0 : index
    %c64 = arith.constant 64 : index
    %a = memref.view %arena[%c0][] : memref<128xi8> to memref<16xf32> loc("a")
    %b = memref.view %arena[%c64][] : memref<128xi8> to memref<16xf32> loc("b")
    linalg.exp ins(%x : memref<16xf32>) outs(%a : memref<16xf32>) loc("a")
    linalg.exp ins(%a : memref<16xf32>) outs(%b : memref<16xf32>) loc(fused<#train.part<gradient>>["a"])
    linalg.mul ins(%a, %b : memref<16xf32>, memref<16xf32>) outs(%x : memref<16xf32>) loc(fused<#train.part<gradient>>["a"])
    return
  }
}
// PAGE: <td title='conv'>conv</td><td>conv2d</td><td>1x8x8x4xf32</td>
// PAGE-NOT: http

{-#
  dialect_resources: { builtin: { w: "0x040000000000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F" } }
#-}

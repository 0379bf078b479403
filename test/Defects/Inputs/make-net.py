#!/usr/bin/env python3
"""Writes a quantized network with a float classifier in ONNX's textual syntax:
make-net.py CLASSES HEIGHT WIDTH"""
import sys

classes, height, width = map(int, sys.argv[1:])


def numbers(count, values):
    return ", ".join(str(values[i % len(values)]) for i in range(count))


print("""<ir_version: 8, opset_import: ["" : 13]>
net (float[N,2,%d,%d] x) => (float[N,%d] y)
<float s = {0.0625}, int8 z = {3}, float t = {0.125}, int8 u = {-5},
 int8[4,2,3,3] w = {%s}, float[4] ws = {0.01, 0.02, 0.015, 0.005}, int8[4] wz = {0, 0, 0, 0},
 int32[4] b = {100, -50, 0, 300}, float[%d,4] h = {%s}, float[%d] c = {%s}>
{
  xq = QuantizeLinear(x, s, z)
  a = QLinearConv<pads = [1, 1, 1, 1]>(xq, s, z, w, ws, wz, t, u, b)
  r = DequantizeLinear(a, t, u)
  p = GlobalAveragePool(r)
  f = Flatten(p)
  y = Gemm<transB = 1>(f, h, c)
}""" % (height, width, classes,
        numbers(72, [3, -20, 41, 7, -66, 90, 15, -33, 28, -5, 60]), classes,
        numbers(4 * classes, [0.5, -0.25, 0.125, 0.75, -0.5, 0.3]), classes,
        numbers(classes, [0.1, -0.2, 0.05])))

#!/usr/bin/env python3
"""Prints a QDQ model of one matrix product whose weight is uint8 with zero
point 128: unsigned-weight.py ROWS COLUMNS
"""
import sys

rows, columns = map(int, sys.argv[1:3])
codes = ", ".join(str(i * 37 % 251) for i in range(rows * columns))
print(f"""<ir_version: 8, opset_import: ["" : 13]>
net (float[1,{rows}] x) => (float[1,{columns}] y)
<float sx = {{0.02}}, int8 zx = {{3}}, uint8[{rows},{columns}] w = {{{codes}}},
 float sw = {{0.01}}, uint8 zw = {{128}}, float sy = {{0.5}}, int8 zy = {{0}}>
{{
  xq = QuantizeLinear(x, sx, zx)
  xd = DequantizeLinear(xq, sx, zx)
  wd = DequantizeLinear(w, sw, zw)
  p = MatMul(xd, wd)
  q = QuantizeLinear(p, sy, zy)
  y = DequantizeLinear(q, sy, zy)
}}""")

#!/usr/bin/env python3
"""Writes a .npy file without NumPy: make-npy.py OUT TYPE SHAPE VALUE...

TYPE is a NumPy code (<f4, |u1, <i8, >f4), SHAPE as 2x3, and the values repeat
until the array is full. --fortran writes Fortran order's mark, --cut N drops
the last N bytes.
"""
import struct
import sys

arguments = sys.argv[1:]
fortran = "--fortran" in arguments
if fortran:
    arguments.remove("--fortran")
cut = 0
if "--cut" in arguments:
    i = arguments.index("--cut")
    cut = int(arguments[i + 1])
    del arguments[i:i + 2]
out, code, shape, *values = arguments
extents = [int(extent) for extent in shape.split("x") if extent]
count = 1
for extent in extents:
    count *= extent
letter = {"f4": "f", "f8": "d", "u1": "B", "i1": "b", "i4": "i", "i8": "q",
          "b1": "?"}[code[1:]]
number = float if letter in "fd" else int
data = [number(values[i % len(values)]) for i in range(count)]
header = "{'descr': '%s', 'fortran_order': %s, 'shape': (%s), }" % (
    code, fortran, ", ".join(map(str, extents)) +
    ("," if len(extents) == 1 else ""))
header += " " * (63 - (10 + len(header)) % 64) + "\n"
order = ">" if code[0] == ">" else "<"
content = (b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) +
           header.encode() + struct.pack(order + "%d%s" % (count, letter), *data))
with open(out, "wb") as file:
    file.write(content[:len(content) - cut])

#!/usr/bin/env python3
"""first-images.py IN.npy COUNT OUT.npy: the first images of a set, without
NumPy. For .npy files of version 1 and bytes."""
import math
import re
import sys

with open(sys.argv[1], "rb") as file:
    data = file.read()
start = 10 + int.from_bytes(data[8:10], "little")
header = data[10:start].decode()
assert "'|u1'" in header
shape = [int(n) for n in re.search(r"\(([^)]*)\)", header)[1].split(",")]
count = int(sys.argv[2])
assert shape[0] >= count
header = "{'descr': '|u1', 'fortran_order': False, 'shape': (%s), }" % (
    ", ".join(map(str, [count] + shape[1:])))
header += " " * (63 - (10 + len(header)) % 64) + "\n"
size = count * math.prod(shape[1:])
with open(sys.argv[3], "wb") as file:
    file.write(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") +
               header.encode() + data[start:start + size])

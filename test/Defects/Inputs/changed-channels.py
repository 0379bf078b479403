#!/usr/bin/env python3
"""The channels of a weight in which two modules differ, as `coppice compile
--emit=nn` prints them, and as many with the largest L2 norm:
changed-channels.py BEFORE AFTER NAME SHAPE AXIS
"""
import re
import struct
import sys


def weight(path, name):
    with open(path) as file:
        blob = re.search(r'^\s*"?' + re.escape(name) + r'"?: "0x([0-9A-F]+)"',
                         file.read(), re.M).group(1)
    # The first four bytes of a blob are its alignment.
    raw = bytes.fromhex(blob)[4:]
    return struct.unpack("<%df" % (len(raw) // 4), raw)


before, after, name, shape, axis = sys.argv[1:]
shape, axis = [int(size) for size in shape.split("x")], int(axis)
old, new = weight(before, name), weight(after, name)
inner = 1
for size in shape[axis + 1:]:
    inner *= size
norms, changed = [0.0] * shape[axis], {}
for i, (a, b) in enumerate(zip(old, new)):
    channel = i // inner % shape[axis]
    norms[channel] += a * a
    changed[channel] = changed.get(channel, 0) + (a != b)
selected = sorted(c for c, count in changed.items() if count)
order = sorted(range(shape[axis]), key=lambda c: (-norms[c], c))
print("changed", selected)
print("largest", sorted(order[:len(selected)]))
print("elements of each that changed, at least",
      min((changed[c] for c in selected), default=0) / (len(old) / shape[axis]))

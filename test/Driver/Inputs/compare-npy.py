#!/usr/bin/env python3
"""Compares two float32 .npy files without NumPy: compare-npy.py A B TOLERANCE."""
import array
import sys


def read(path):
    data = open(path, "rb").read()
    values = array.array("f")
    values.frombytes(data[10 + int.from_bytes(data[8:10], "little"):])
    return values


a, b = read(sys.argv[1]), read(sys.argv[2])
worst = max(abs(x - y) / max(1, abs(y)) for x, y in zip(a, b))
if len(a) != len(b) or not worst <= float(sys.argv[3]):
    sys.exit("%d and %d values, which differ by %g" % (len(a), len(b), worst))

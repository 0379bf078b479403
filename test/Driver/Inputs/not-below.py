#!/usr/bin/env python3
"""not-below.py FLOAT QUANTIZED POINTS: top1 in the second file that `coppice
eval --json` wrote is at most so many percentage points below the first."""
import json
import sys

top1 = []
for path in sys.argv[1:3]:
    with open(path) as file:
        top1.append(100 * json.load(file)["top1"])
print("top1 %.2f, quantized %.2f" % tuple(top1))
sys.exit(not top1[1] >= top1[0] - float(sys.argv[3]) - 1e-9)

#!/usr/bin/env python3
"""accuracy.py MEAN MINIMUM FILE...: the percentages `top1` that `coppice train
--json` wrote reach the mean, and each of them the minimum."""
import json
import sys

top1 = []
for path in sys.argv[3:]:
    with open(path) as file:
        top1.append(100 * json.load(file)["top1"])
mean = sum(top1) / len(top1)
print("mean %.2f, minimum %.2f of" % (mean, min(top1)),
      " ".join("%.2f" % value for value in top1))
sys.exit(not (mean >= float(sys.argv[1]) and min(top1) >= float(sys.argv[2])))

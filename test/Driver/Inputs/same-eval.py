#!/usr/bin/env python3
"""same-eval.py TRAIN EVAL: the last evaluation in TRAIN, which `coppice train
--json` wrote, and that in EVAL, by `coppice eval --json`, are the same up to
rounding ties: one image in 200, and a loss of 1%."""
import json
import sys

with open(sys.argv[1]) as file:
    trained = json.load(file)
with open(sys.argv[2]) as file:
    saved = json.load(file)
print("trained: top1 %.4f loss %.5f" % (trained["top1"], trained["eval_loss"]))
print("saved:   top1 %.4f loss %.5f" % (saved["top1"], saved["loss"]))
sys.exit(not (abs(trained["top1"] - saved["top1"]) <= 0.0051
              and abs(trained["eval_loss"] - saved["loss"])
              <= 0.01 * saved["loss"]))

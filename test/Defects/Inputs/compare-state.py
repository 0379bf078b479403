#!/usr/bin/env python3
"""Compares a device's state with the parameters of a module: compare-state.py
DESCRIPTION.json STATE MODULE.mlir, the module as `coppice compile --emit=nn`
prints it.
"""
import json
import re
import sys

with open(sys.argv[1]) as file:
    tensors = json.load(file)["state"]
with open(sys.argv[2], "rb") as file:
    state = file.read()
with open(sys.argv[3]) as file:
    blobs = dict(re.findall(r'^\s*"?([\w.]+)"?: "0x([0-9A-F]+)"', file.read(), re.M))
wrong = 0
weights = [tensor for tensor in tensors if tensor["role"] == "weight"]
for tensor in weights:
    held = state[tensor["offset"]:tensor["offset"] + tensor["bytes"]]
    # The first four bytes of a blob are its alignment.
    saved = bytes.fromhex(blobs[tensor["name"]])[4:]
    wrong += held != saved
    print(tensor["name"], "equal" if held == saved else "DIFFERS")
sys.exit(1 if wrong or not weights else 0)

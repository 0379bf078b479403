#!/usr/bin/env python3
"""Counts the f32 elements that differ between the parameters of two modules
as `coppice compile --emit=nn` prints them: changed-weights.py BEFORE AFTER
"""
import re
import sys


def parameters(path):
    with open(path) as file:
        text = file.read()
    blobs = dict(re.findall(r'^\s*"?([\w.]+)"?: "0x([0-9A-F]+)"', text, re.M))
    # The first four bytes of a blob are its alignment.
    return {name: [blob[i:i + 8] for i in range(8, len(blob), 8)]
            for name, blob in blobs.items()}


before, after = map(parameters, sys.argv[1:])
for name in sorted(before):
    assert len(before[name]) == len(after[name]), name
    changed = sum(a != b for a, b in zip(before[name], after[name]))
    print(name, changed, "of", len(before[name]))

#!/usr/bin/env python3
"""compare-steps.py GOLDEN PREFIX TOLERANCE: PREFIX.<optimizer>.json, as
`coppice train --log-steps` writes them, against the golden losses."""
import json
import sys

golden, prefix, tolerance = sys.argv[1], sys.argv[2], float(sys.argv[3])
with open(golden) as file:
    expected = json.load(file)["losses"]
failed = False
for optimizer, losses in expected.items():
    with open("%s.%s.json" % (prefix, optimizer)) as file:
        got = json.load(file)["losses"]
    error = max(abs(a - b) / abs(b) for a, b in zip(got, losses))
    print(optimizer, len(got), "losses, largest relative error", error)
    failed |= len(got) != len(losses) or not error <= tolerance
sys.exit(failed)

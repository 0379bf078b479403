#!/usr/bin/env python3
"""Compares reports of `coppice report --update=auto --json`: the plan keeps to
the budget and is what the choice said; of two, the one with the larger budget
contributes no less. With --same-plan the second report is of the saved scheme:
check-choice.py SMALL LARGE [--same-plan]

With --filled the first one's plan takes nearly all of its budget.
"""
import json
import sys


def load(path):
    with open(path) as file:
        return json.load(file)


def planned(report):
    """Arena with the outputs of a step, rounded up, and state."""
    return report["update"]["planned_bytes"]


small, large = map(load, sys.argv[1:3])
if "--same-plan" in sys.argv:
    for key in ("arena_bytes", "state_bytes", "flash_bytes", "saved"):
        assert small[key] == large[key], key
    sys.exit()
for report in (small, large):
    update = report["update"]
    total = report["arena_bytes"] + report["state_bytes"]
    # A caller's arena also holds the scores, rounded up.
    assert total <= planned(report) <= total + 1024, (total, planned(report))
    assert planned(report) <= update["budget_bytes"]
    parts = [p["contribution"] for p in update["parameters"]]
    assert parts and all(part > 0 for part in parts)
    for layer in update["selection"]["layers"]:
        assert layer["reach"] >= 0
assert small["update"]["share"] < large["update"]["share"] <= 1
assert planned(small) < planned(large)
if "--filled" in sys.argv:
    assert planned(small) >= 0.98 * small["update"]["budget_bytes"]

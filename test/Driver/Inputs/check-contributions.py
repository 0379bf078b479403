#!/usr/bin/env python3
"""Compares what `coppice report --update=auto --json` says of the layer of
two-layers.onnxtxt with the definition: V^2 / (2 T) over pairs of samples, where
V estimates the squared norm of the expected gradient and T is the mean of
(g . g')^2: check-contributions.py REPORT COUNT IMAGES... TARGETS...
"""
import itertools
import json
import sys

with open(sys.argv[1]) as file:
    update = json.load(file)["update"]
count = int(sys.argv[2])
numbers = [float(text) for text in sys.argv[3:]]
images = [numbers[2 * i:2 * i + 2] for i in range(count)]
targets = numbers[2 * count:]


def gradient(x, t):
    """Of (y - t)^2 for w and b."""
    residual = 2 * (2 * (0.5 * x[0] - x[1] + 0.25) - t) * 2
    return [residual * x[0], residual * x[1]], [residual]


def contribution(gradients):
    products = [sum(a * b for a, b in zip(g, h))
                for g, h in itertools.combinations(gradients, 2)]
    decrease = max(0, sum(products) / len(products))
    return decrease ** 2 / 2 / (sum(p * p for p in products) / len(products))


weights, biases = zip(*map(gradient, images, targets))
expected = {"weight": contribution(weights), "bias": contribution(biases)}
for parameter in update["parameters"]:
    want = expected.pop(parameter["kind"])
    assert abs(parameter["contribution"] - want) < 1e-5 * want, (parameter, want)
assert not expected, expected
# Channels share the weight's by their squared gradients.
squares = [sum(g[c] ** 2 for g in weights) for c in range(2)]
want = contribution(weights) * max(squares) / sum(squares)
half = update["selection"]["layers"][0]["groups"][-1]["options"][0]
assert half["name"] == "1 of 2" and abs(half["value"] - want) < 1e-5 * want, half

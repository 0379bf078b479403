#!/usr/bin/env python3
"""scalar-steps.py LOSSES.json OPTION=VALUE...: the losses that `coppice train
--log-steps` wrote for scalar.onnxtxt, y = w x from w = 0.5 under the mean
squared error, against the same steps in double. Images are x, labels t."""
import json
import math
import sys

option = dict(argument.split("=") for argument in sys.argv[2:])


def real(name, default):
    return float(option.get(name, default))


x = [float(value) for value in option["x"].split(",")]
t = [float(value) for value in option["t"].split(",")]
batch, epochs = int(option.get("batch", 1)), int(option.get("epochs", 1))
accumulate = int(option.get("accumulate", 1))
kind = option.get("optimizer", "sgd")
momentum, decay = real("momentum", 0), real("weight-decay", 0)
beta1, beta2 = real("beta1", 0.9), real("beta2", 0.999)
epsilon = real("epsilon", 1e-8)

w, losses = 0.5, []
velocity = first = second = total = 0.0
updates = 0
batches = len(x) // batch
for step in range(epochs * batches):
    rows = range(step % batches * batch, (step % batches + 1) * batch)
    losses.append(sum((w * x[i] - t[i]) ** 2 for i in rows) / batch)
    total += sum(2 * (w * x[i] - t[i]) * x[i] for i in rows) / batch
    rate = real("lr", 0.01)
    if option.get("lr-schedule") == "cosine":
        rate *= 0.5 * (1 + math.cos(math.pi * step / (epochs * batches)))
    if (step + 1) % accumulate:
        continue
    gradient, total = total / accumulate, 0.0
    updates += 1
    if kind == "adamw":
        w -= rate * decay * w
    else:
        gradient += decay * w
    if kind == "sgd":
        velocity = momentum * velocity + gradient
        w -= rate * (gradient + momentum * velocity if "nesterov" in option
                     else velocity)
        continue
    first = beta1 * first + (1 - beta1) * gradient
    second = beta2 * second + (1 - beta2) * gradient ** 2
    w -= (rate * first / (1 - beta1 ** updates) /
          (math.sqrt(second / (1 - beta2 ** updates)) + epsilon))

with open(sys.argv[1]) as file:
    got = json.load(file)["losses"]
if len(got) != len(losses) or len(set(losses)) < 2:
    sys.exit("%d losses, expected %d that change" % (len(got), len(losses)))
for step, (a, b) in enumerate(zip(got, losses)):
    if not abs(a - b) <= 1e-5 * max(abs(b), 1e-3):
        sys.exit("step %d: loss %.9g, expected %.9g" % (step + 1, a, b))

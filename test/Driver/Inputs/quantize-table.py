#!/usr/bin/env python3
"""Quantizes each model of a table and compares it with the float model.

quantize-table.py TABLE FOLDER: a line of TABLE is
`name | operator set | input shape | initializers | nodes` with `;` between
nodes, which read `x` and make `y`; the numbers of an initializer repeat until
it is full. The float and the quantized model run on one input, the written file
passes ONNX's checker, and no value differs by more than 2 % of the largest.
"""
import array
import os
import re
import subprocess
import sys


def read(path):
    data = open(path, "rb").read()
    values = array.array("f")
    values.frombytes(data[10 + int.from_bytes(data[8:10], "little"):])
    return values


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError("%s: %s" % (" ".join(command), done.stderr))


def fill(match):
    """Repeats the numbers of an initializer until it is full."""
    count = 1
    for extent in match[1].split(","):
        count *= int(extent)
    numbers = match[3].split(",")
    return "[%s] %s = {%s}" % (match[1], match[2], ",".join(
        numbers[i % len(numbers)] for i in range(count)))


def write(path, opset, inputs, outputs, initializers, nodes):
    with open(path, "w") as file:
        file.write("<ir_version: %d, opset_import: [\"\" : %s]>\n" %
                   (4 if int(opset) < 12 else 7, opset))
        file.write("net (float[%s] x) => (float[%s] y)\n" % (inputs, outputs))
        if initializers:
            file.write("<%s>\n" % re.sub(r"\[([\d,]+)\] (\w+) = {([^}]*)}",
                                        fill, initializers))
        file.write("{\n%s\n}\n" % "\n".join(nodes.split(";")))


def check(name, opset, shape, initializers, nodes):
    model, quantized = name + ".onnxtxt", name + "-q.onnx"
    npy = os.path.join(os.path.dirname(__file__), "make-npy.py")
    numbers = [str(round(((i * 37) % 101 - 50) / 25, 4)) for i in range(101)]
    calibration = "8x" + shape.split("x", 1)[1] if "x" in shape else shape
    run(sys.executable, npy, name + "-c.npy", "<f4", calibration, *numbers)
    run(sys.executable, npy, name + "-x.npy", "<f4", shape, *numbers)
    inputs = ",".join(shape.split("x"))
    write(model, opset, inputs, "", initializers, nodes)
    flags = "--input=x=" + name + "-x.npy", "--output=y=" + name + "-y.npy"
    # The checker wants the shape of the output.
    run("coppice", "run", model, *flags)
    header = open(name + "-y.npy", "rb").read(128).decode("latin1")
    outputs = header.split("(")[1].split(")")[0].strip(", ")
    write(model, opset, inputs, outputs, initializers, nodes)
    run("coppice-import", "--check", model, "-o", os.devnull)
    run("coppice", "quantize", model, "--calibrate=" + name + "-c.npy", "-o",
        quantized)
    run("coppice-import", "--check", quantized, "-o", os.devnull)
    results = []
    for path in model, quantized:
        run("coppice", "run", path, *flags)
        results.append(read(name + "-y.npy"))
    a, b = results
    largest = max(abs(v) for v in a)
    worst = max(abs(u - v) for u, v in zip(a, b))
    if len(a) != len(b) or not largest > 0 or not worst <= 0.02 * largest:
        raise RuntimeError("differs by %g of %g" % (worst, largest))


table = open(sys.argv[1]).read()
os.chdir(sys.argv[2])
failed = count = 0
for line in table.splitlines():
    if not line.strip() or line.startswith("#"):
        continue
    count += 1
    fields = [field.strip() for field in line.split("|")]
    try:
        check(*fields)
    except RuntimeError as error:
        failed += 1
        print("%s: %s" % (fields[0], error))
print("%d of %d models right" % (count - failed, count))
sys.exit(failed != 0)

"""Writes a small network of MobileNetV3's inverted residual blocks, without
squeeze and excitation, as an ONNX text: inverted-residuals.py OUT EXTENT BLOCKS

A block is EXPANDED:OUT:STRIDE. The weights are drawn with seed 0."""

import random
import sys

path, extent, blocks = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
random.seed(0)
tensors, nodes = [], []


def tensor(name, shape, values):
    numbers = ", ".join(f"{v:.6g}" for v in values)
    tensors.append(f"float[{', '.join(map(str, shape))}] {name} = {{{numbers}}}")


def conv(x, name, inputs, outputs, kernel, stride=1, groups=1, activation=True):
    """Convolution, batch norm and perhaps hard-swish; returns the result."""
    shape = (outputs, inputs // groups, kernel, kernel)
    fan = shape[1] * kernel * kernel
    count = outputs * fan
    tensor(f"{name}_w", shape, (random.gauss(0, (2 / fan) ** 0.5) for _ in range(count)))
    for part, value in (("scale", 1), ("shift", 0), ("mean", 0), ("variance", 1)):
        tensor(f"{name}_{part}", (outputs,), [value] * outputs)
    pad = kernel // 2
    nodes.append(f"{name} = Conv <pads = [{pad}, {pad}, {pad}, {pad}], strides = "
                 f"[{stride}, {stride}], group = {groups}> ({x}, {name}_w)")
    nodes.append(f"{name}_n = BatchNormalization ({name}, {name}_scale, "
                 f"{name}_shift, {name}_mean, {name}_variance)")
    if activation:
        nodes.append(f"{name}_a = HardSwish ({name}_n)")
    return f"{name}_{'a' if activation else 'n'}"


channels = 8
x = conv("x", "stem", 3, channels, 3, stride=2)
for i, block in enumerate(blocks):
    expanded, outputs, stride = map(int, block.split(":"))
    y = conv(x, f"b{i}_expand", channels, expanded, 1)
    y = conv(y, f"b{i}_depth", expanded, expanded, 3, stride, groups=expanded)
    y = conv(y, f"b{i}_project", expanded, outputs, 1, activation=False)
    if stride == 1 and channels == outputs:
        nodes.append(f"b{i} = Add ({x}, {y})")
        y = f"b{i}"
    x, channels = y, outputs
x = conv(x, "last", channels, 4 * channels, 1)
tensor("head_w", (10, 4 * channels),
       (random.gauss(0, 0.05) for _ in range(40 * channels)))
tensor("head_b", (10,), [0] * 10)
nodes += [f"pooled = GlobalAveragePool ({x})", "flat = Flatten (pooled)",
          "scores = Gemm <transB = 1> (flat, head_w, head_b)"]

with open(path, "w") as file:
    file.write('<ir_version: 8, opset_import: ["" : 15]>\n')
    file.write(f"net (float[N, 3, {extent}, {extent}] x,\n     ")
    file.write(",\n     ".join(tensors))
    file.write(") => (float[N, 10] scores) {\n  ")
    file.write("\n  ".join(nodes) + "\n}\n")

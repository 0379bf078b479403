"""Times one SGD training step of a float ONNX model in PyTorch: one thread,
batch 1, mean softmax cross-entropy of the logits. JSON on stdout.

usage: pytorch_step.py MODEL.onnx RUNS
"""
import json
import sys
import time

import onnx
import torch
import torch.nn.functional as F
from onnx import numpy_helper

torch.set_num_threads(1)
model = onnx.load(sys.argv[1])
runs = int(sys.argv[2]) if len(sys.argv) > 2 else 100
shape = [d.dim_value or 1 for d in model.graph.input[0].type.tensor_type.shape.dim]
params = {}
for init in model.graph.initializer:
    array = torch.tensor(numpy_helper.to_array(init))
    params[init.name] = array.requires_grad_(array.dtype == torch.float32)


def forward(x):
    env = {model.graph.input[0].name: x}
    for node in model.graph.node:
        attr = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
        i = [env[n] if n in env else params[n] for n in node.input if n]
        kind = node.op_type
        if kind == "Conv":
            p = attr.get("pads", [0, 0, 0, 0])
            pad = (p[0], p[1])
            if p[0] != p[2] or p[1] != p[3]:
                i[0] = F.pad(i[0], (p[1], p[3], p[0], p[2]))
                pad = 0
            y = F.conv2d(i[0], i[1], i[2] if len(i) > 2 else None,
                         attr.get("strides", 1), pad,
                         attr.get("dilations", 1), attr.get("group", 1))
        elif kind == "Relu":
            y = F.relu(i[0])
        elif kind == "Add":
            y = i[0] + i[1]
        elif kind == "AveragePool":
            y = F.avg_pool2d(i[0], attr["kernel_shape"], attr["strides"])
        elif kind == "MaxPool":
            y = F.max_pool2d(i[0], attr["kernel_shape"], attr["strides"])
        elif kind == "Transpose":
            y = i[0].permute(attr["perm"])
        elif kind == "Reshape":
            y = i[0].reshape([int(v) for v in i[1]])
        elif kind == "Flatten":
            y = i[0].flatten(1)
        elif kind == "Gemm":
            y = F.linear(i[0], i[1] if attr.get("transB") else i[1].t(), i[2])
        elif kind == "MatMul":
            y = i[0] @ i[1]
        elif kind == "Softmax":
            y = i[0]  # the loss takes logits
        else:
            sys.exit("no rule for " + kind)
        env[node.output[0]] = y
    return env[model.graph.output[0].name]


x = torch.rand(*shape)
label = torch.tensor([1])
optimizer = torch.optim.SGD([p for p in params.values() if p.requires_grad], 1e-4)
times = []
for step in range(runs + 10):
    start = time.perf_counter()
    optimizer.zero_grad()
    F.cross_entropy(forward(x), label).backward()
    optimizer.step()
    if step >= 10:
        times.append((time.perf_counter() - start) * 1e3)
times.sort()
print(json.dumps({"peer": "pytorch", "ms_min": times[0],
                  "ms_median": times[len(times) // 2]}))

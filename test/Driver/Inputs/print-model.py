#!/usr/bin/env python3
"""Prints the graph of a binary ONNX file: print-model.py FILE.

One line for each initializer, with its name, shape and values (f32 alone), and
for each node: its type, inputs, outputs and integer attributes.
"""
import struct
import sys


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, at


def fields(data):
    at = 0
    while at < len(data):
        key, at = varint(data, at)
        kind = key & 7
        if kind == 0:
            value, at = varint(data, at)
        elif kind == 2:
            size, at = varint(data, at)
            value, at = data[at:at + size], at + size
        else:
            size = 4 if kind == 5 else 8
            value, at = data[at:at + size], at + size
        yield key >> 3, value


def tensor(data):
    dims, name, raw, floats, kind = [], "", b"", [], 0
    for number, value in fields(data):
        if number == 1:
            if isinstance(value, int):
                dims.append(value)
            else:
                at = 0
                while at < len(value):
                    extent, at = varint(value, at)
                    dims.append(extent)
        elif number == 2:
            kind = value
        elif number == 4:
            floats += struct.unpack("<%df" % (len(value) // 4), value)
        elif number == 8:
            name = value.decode()
        elif number == 9:
            raw = value
    if raw and kind == 1:
        floats = struct.unpack("<%df" % (len(raw) // 4), raw)
    return "%s %s = %s" % (name, dims, " ".join("%.4g" % f for f in floats[:8]))


def node(data):
    inputs, outputs, attributes, kind = [], [], [], ""
    for number, value in fields(data):
        if number == 1:
            inputs.append(value.decode())
        elif number == 2:
            outputs.append(value.decode())
        elif number == 4:
            kind = value.decode()
        elif number == 5:
            inner = dict(fields(value))
            if 3 in inner:
                attributes.append("%s=%d" % (inner[1].decode(), inner[3]))
    return " ".join([kind, "(%s)" % ", ".join(inputs), "->",
                     ", ".join(outputs)] + attributes)


with open(sys.argv[1], "rb") as file:
    model = file.read()
for number, value in fields(model):
    if number == 8 and not isinstance(value, int):
        print("opset", dict(fields(value)).get(2, 0))
for number, graph in fields(model):
    if number == 7:
        for inner, value in fields(graph):
            if inner == 5:
                print("initializer", tensor(value))
        for inner, value in fields(graph):
            if inner == 1:
                print(node(value))

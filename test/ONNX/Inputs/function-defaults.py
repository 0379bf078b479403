#!/usr/bin/env python3
"""Writes a model whose function has a default of an attribute and an overload,
fields that ONNX's text syntax lacks: function-defaults.py OUT."""
import struct
import sys


def varint(value):
    return bytes([value]) if value < 128 else bytes([value & 127 | 128]) + varint(value >> 7)


def field(number, value):
    """A field of a protobuf message: an integer, a float, text or bytes."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    if isinstance(value, float):
        return varint(number << 3 | 5) + struct.pack("<f", value)
    value = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(value)) + value


def attribute(name, value):
    return field(1, name) + field(2, value) + field(20, 1)


def call(output, overload, *attributes):
    return (field(1, "x") + field(2, output) + field(4, "Leaky") +
            b"".join(field(5, a) for a in attributes) + field(7, "my") +
            field(8, overload))


def function(overload, op, reference):
    name = field(1, "alpha") + field(20, 1) + field(21, "slope")
    node = field(1, "x") + field(2, "y") + field(4, op)
    node += field(5, name) if reference else b""
    opset = field(1, "") + field(2, 13)
    return (field(1, "Leaky") + field(4, "x") + field(5, "y") + field(7, node) +
            field(9, opset) + field(10, "my") + field(13, overload) +
            (field(11, attribute("slope", 0.25)) if reference else b""))


def value(name):
    shape = field(1, field(1, 2))
    tensor = field(1, 1) + field(2, shape)
    return field(1, name) + field(2, field(1, tensor))


graph = (field(1, call("y", "")) + field(1, call("z", "", attribute("slope", 0.5))) +
         field(1, call("r", "rectify")) + field(2, "net") + field(11, value("x")) +
         b"".join(field(12, value(name)) for name in "yzr"))
model = field(1, 8) + field(7, graph)
model += field(8, field(1, "") + field(2, 13)) + field(8, field(1, "my") + field(2, 1))
model += field(25, function("", "LeakyRelu", True))
model += field(25, function("rectify", "Relu", False))
with open(sys.argv[1], "wb") as file:
    file.write(model)

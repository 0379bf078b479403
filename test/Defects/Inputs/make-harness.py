#!/usr/bin/env python3
"""Writes a C program that infers and trains with a compiled model, and takes the
size of every buffer from the model's header: make-harness.py HEADER [--short]

Each buffer ends where a page begins that may not be touched, so that an access
beyond it ends the program, whoever does it. --short takes an element from the
outputs.
"""
import re
import sys

with open(sys.argv[1]) as file:
    header = file.read()
name = re.search(r"#ifndef COPPICE_MODEL_(\w+)_H", header).group(1)
net = name.lower()


def members(struct):
    """Name, bytes and element type of what a struct points to."""
    body = re.search(r"typedef struct %s_%s \{(.*?)\}" % (net, struct), header, re.S)
    return re.findall(r"(?:const )?(\w+) \*(\w+); /\*\*< .*?(\d+) bytes", body.group(1))


def allocate(struct, short=False):
    lines = ["%s_%s %s = {0};" % (net, struct, struct),
             "%s.size = sizeof %s;" % (struct, struct)]
    for kind, member, size in members(struct):
        lines.append("%s.%s = fenced(%s%s);" %
                     (struct, member, size, " - sizeof(%s)" % kind if short else ""))
    return "\n  ".join(lines)


print("""#define _GNU_SOURCE
#include "%(net)s.h"
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

static void *fenced(size_t bytes) {
  size_t page = (size_t)sysconf(_SC_PAGESIZE), body = (bytes + page - 1) / page * page;
  char *start = mmap(0, body + page, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  mprotect(start + body, page, PROT_NONE);
  return start + body - bytes;
}

int main(void) {
  %(inputs)s
  %(outputs)s
  %(labels)s
  %(net)s_hyper hyper = {sizeof(%(net)s_hyper), 0.01f};
  void *state = fenced(%(name)s_STATE_BYTES);
  void *infer_arena = fenced(%(name)s_INFER_ARENA_BYTES);
  void *train_arena = fenced(%(name)s_TRAIN_ARENA_BYTES);
  float loss = 0;
  int status = %(net)s_init(state);
  for (int step = 0; step < 3 && !status; ++step) {
    status = %(net)s_infer(&inputs, &outputs, state, infer_arena);
    if (!status)
      status = %(net)s_train(&inputs, &labels, &hyper, &loss, state, train_arena);
  }
  printf("status %%d loss %%.4f\\n", status, loss);
  return status;
}""" % {
    "net": net, "name": name, "inputs": allocate("inputs"),
    "outputs": allocate("outputs", "--short" in sys.argv),
    "labels": allocate("labels")})

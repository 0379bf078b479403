//===- infer.c - Runs a model on the numbers of a .npy file -------*- C -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "net.h"

#include <stdio.h>

NET_ALIGNED static unsigned char arena[NET_INFER_ARENA_BYTES];

/// usage: infer INPUT.npy OUTPUT, which gets the bytes alone.
int main(int argc, char **argv) {
  static float input[4 * 49 * 10], output[4 * 12];
  unsigned char header[10];
  FILE *in = argc == 3 ? fopen(argv[1], "rb") : 0;
  if (!in || fread(header, 1, sizeof header, in) != sizeof header)
    return 1;
  fseek(in, header[8] + 256 * header[9], SEEK_CUR);
  if (fread(input, 1, sizeof input, in) != sizeof input)
    return 2;
  fclose(in);
  net_inputs inputs = {sizeof inputs, input};
  net_outputs outputs = {sizeof outputs, output};
  if (net_infer(&inputs, &outputs, 0, arena) != NET_OK)
    return 3;
  FILE *out = fopen(argv[2], "wb");
  if (!out || fwrite(output, 1, sizeof output, out) != sizeof output)
    return 4;
  return fclose(out) != 0;
}

//===- train-steps.c - Trains a compiled model as a device does ---*- C -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// Reads bytes, image by image, and their labels (.npy of uint8), trains one
// step on each, and writes the state's bytes.
//
//===----------------------------------------------------------------------===//

#include "net.h"
#include <stdio.h>

NET_ALIGNED static unsigned char state[NET_STATE_BYTES];
NET_ALIGNED static unsigned char arena[NET_TRAIN_ARENA_BYTES];

/** Opens a .npy file behind its header. */
static FILE *open_npy(const char *path) {
  unsigned char head[10];
  FILE *file = fopen(path, "rb");
  if (!file || fread(head, 1, sizeof head, file) != sizeof head ||
      fseek(file, 10 + head[8] + 256 * head[9], SEEK_SET))
    return 0;
  return file;
}

int main(int argc, char **argv) {
  enum { Pixels = 28 * 28 };
  unsigned char pixels[Pixels], byte;
  static float image[Pixels];
  if (argc != 4)
    return 1;
  FILE *images = open_npy(argv[1]), *classes = open_npy(argv[2]);
  FILE *out = fopen(argv[3], "wb");
  if (!images || !classes || !out || net_init(state) != NET_OK)
    return 1;
  while (fread(pixels, 1, Pixels, images) == Pixels &&
         fread(&byte, 1, 1, classes) == 1) {
    int64_t label = byte;
    net_inputs inputs = {sizeof inputs, image};
    net_labels labels = {sizeof labels, &label};
    net_hyper hyper = {sizeof hyper, 0.01f};
    float loss = 0;
    for (int i = 0; i < Pixels; ++i)
      image[i] = (float)(pixels[i] / 255.0);
    if (net_train(&inputs, &labels, &hyper, &loss, state, arena) != NET_OK)
      return 1;
  }
  return fwrite(state, 1, sizeof state, out) != sizeof state || fclose(out);
}

//===- train.c - Trains a compiled model from C -------------------*- C -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "glyphs.h"
#include <stdio.h>

GLYPHS_ALIGNED static unsigned char state[GLYPHS_STATE_BYTES];
GLYPHS_ALIGNED static unsigned char arena[GLYPHS_TRAIN_ARENA_BYTES];

int main(void) {
  static float image[28 * 28] = {[100] = 1, [400] = -1};
  const int64_t label = 3;
  glyphs_inputs inputs = {sizeof inputs, image};
  glyphs_labels labels = {sizeof labels, &label};
  glyphs_hyper hyper = {sizeof hyper, 0.05f};
  float loss = 0;
  glyphs_status status = glyphs_init(state);
  for (int step = 0; step < 10 && status == GLYPHS_OK; ++step) {
    status = glyphs_train(&inputs, &labels, &hyper, &loss, state, arena);
    printf("step %d: loss %.4f\n", step, loss);
  }
  return status;
}

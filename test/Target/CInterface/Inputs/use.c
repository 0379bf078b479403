//===- use.c - Two models, their status codes and saved states ----*- C -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "a.h"
#include "b.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

A_ALIGNED static unsigned char state[A_STATE_BYTES], before[A_STATE_BYTES];
A_ALIGNED static unsigned char arena[A_TRAIN_ARENA_BYTES];
A_ALIGNED static unsigned char infer_arena[A_INFER_ARENA_BYTES];
B_ALIGNED static unsigned char other_state[B_STATE_BYTES];
B_ALIGNED static unsigned char other_arena[B_TRAIN_ARENA_BYTES];

enum { SlotBytes = (A_SLOT_BYTES + 4095) / 4096 * 4096 };
static unsigned char flash[2 * SlotBytes];

static int flash_read(void *context, uint32_t at, void *data, uint32_t n) {
  (void)context;
  memcpy(data, flash + at, n);
  return 0;
}
static int flash_write(void *context, uint32_t at, const void *data,
                       uint32_t n) {
  (void)context;
  memcpy(flash + at, data, n);
  return 0;
}
static int flash_erase(void *context, uint32_t at, uint32_t n) {
  (void)context;
  memset(flash + at, 0xff, n);
  return 0;
}

static int failures;
static void expect(int condition, const char *what) {
  if (!condition) {
    ++failures;
    printf("FAIL: %s\n", what);
  }
}

int main(void) {
  static float image[4] = {1, -2, 3, 0.5f}, scores[3];
  int64_t label = 2;
  a_inputs inputs = {sizeof inputs, image};
  a_outputs outputs = {sizeof outputs, scores};
  a_labels labels = {sizeof labels, &label};
  a_hyper hyper = {sizeof hyper, 0.01f};
  float loss = -1;

  // Mistakes are found before anything is touched.
  expect(a_init(0) == A_ERROR_NULL, "init without state");
  expect(a_init(state + 1) == A_ERROR_ALIGNMENT, "a misaligned state");
  expect(a_init(state) == A_OK, "init");
  memcpy(before, state, sizeof state);
  expect(a_train(0, &labels, &hyper, &loss, state, arena) == A_ERROR_NULL,
         "no inputs");
  expect(a_train(&inputs, &labels, &hyper, 0, state, arena) == A_ERROR_NULL,
         "no loss");
  expect(a_train(&inputs, &labels, &hyper, &loss, state, arena + 4) ==
             A_ERROR_ALIGNMENT,
         "a misaligned arena");
  a_inputs wrong = {sizeof inputs + 8, image};
  expect(a_infer(&wrong, &outputs, state, infer_arena) == A_ERROR_SIZE,
         "a struct of another size");
  a_inputs empty = {sizeof empty, 0};
  expect(a_infer(&empty, &outputs, state, infer_arena) == A_ERROR_NULL,
         "a null tensor");
  hyper.learning_rate = NAN;
  expect(a_train(&inputs, &labels, &hyper, &loss, state, arena) ==
             A_ERROR_VALUE,
         "a NaN learning rate");
  hyper.learning_rate = INFINITY;
  expect(a_train(&inputs, &labels, &hyper, &loss, state, arena) ==
             A_ERROR_VALUE,
         "an infinite learning rate");
  hyper.learning_rate = -1;
  expect(a_train(&inputs, &labels, &hyper, &loss, state, arena) ==
             A_ERROR_VALUE,
         "a negative learning rate");
  hyper.learning_rate = 0.01f;
  for (label = -1; label <= 3; label += 4)
    expect(a_train(&inputs, &labels, &hyper, &loss, state, arena) ==
               A_ERROR_VALUE,
           "a label that is no class");
  label = 2;
  expect(loss == -1 && !memcmp(before, state, sizeof state),
         "mistakes change nothing");

  // Inference changes no state and is not disturbed by a dirty arena.
  float first[3];
  memset(infer_arena, 0x7f, sizeof infer_arena);
  expect(a_infer(&inputs, &outputs, state, infer_arena) == A_OK, "infer");
  memcpy(first, scores, sizeof first);
  memset(infer_arena, 0, sizeof infer_arena);
  expect(a_infer(&inputs, &outputs, state, infer_arena) == A_OK, "infer again");
  expect(!memcmp(first, scores, sizeof first), "the same scores");
  expect(!memcmp(before, state, sizeof state), "inference keeps the state");

  // Training goes on from a saved state as if it had never stopped.
  a_flash_ops ops = {sizeof ops, SlotBytes,   8,          0,
                     flash_read, flash_write, flash_erase};
  memset(flash, 0xff, sizeof flash);
  expect(a_load(state, &ops) == A_ERROR_EMPTY, "an empty flash");
  float first_loss = 0;
  for (int step = 0; step < 3; ++step)
    expect(a_train(&inputs, &labels, &hyper, step ? &loss : &first_loss, state,
                   arena) == A_OK,
           "train");
  expect(a_save(state, &ops) == A_OK, "save");
  float expected[2], actual[2];
  for (int step = 0; step < 2; ++step)
    a_train(&inputs, &labels, &hyper, &expected[step], state, arena);
  memset(state, 0x55, sizeof state);
  expect(a_load(state, &ops) == A_OK, "load");
  for (int step = 0; step < 2; ++step)
    a_train(&inputs, &labels, &hyper, &actual[step], state, arena);
  expect(!memcmp(expected, actual, sizeof expected), "the same losses");
  expect(actual[1] < first_loss, "the loss falls");

  // The other model lives beside it, and refuses a state that is not its own.
  b_inputs other_inputs = {sizeof other_inputs, image};
  b_labels other_labels = {sizeof other_labels, &label};
  b_hyper other_hyper = {sizeof other_hyper, 0.01f};
  expect(b_init(other_state) == B_OK, "the other model's init");
  expect(b_train(&other_inputs, &other_labels, &other_hyper, &loss, other_state,
                 other_arena) == B_OK,
         "the other model's step");
  expect(b_load(other_state, &ops) == B_ERROR_MODEL, "another model's state");
  printf("%d failures\n", failures);
  return failures != 0;
}

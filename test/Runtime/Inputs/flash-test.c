//===- flash-test.c - Cuts the power at every byte of a save ------*- C -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "runtime/core/runtime.h"

#include <stdio.h>
#include <string.h>

enum { Sector = 128, SlotBytes = 512, StateBytes = 333, Hash = 7 };

/// Flash that programs by clearing bits, and whose power fails after `budget`
/// programmed or erased bytes. A failed operation leaves the bytes it reached.
typedef struct {
  uint8_t memory[2 * SlotBytes];
  long budget;
  uint32_t granule;
  int misuse;
  /// Flash with error correction cannot read what a power cut left half done:
  /// the slot gives read errors until it is erased.
  int corrects, torn[2];
} flash_t;

static int flash_read(void *context, uint32_t address, void *data,
                      uint32_t bytes) {
  flash_t *flash = context;
  if (address + bytes > sizeof flash->memory)
    return flash->misuse = 1;
  if (flash->torn[address / SlotBytes])
    return 1;
  memcpy(data, flash->memory + address, bytes);
  return 0;
}

static int flash_write(void *context, uint32_t address, const void *data,
                       uint32_t bytes) {
  flash_t *flash = context;
  if (address + bytes > sizeof flash->memory || address % flash->granule ||
      bytes % flash->granule)
    return flash->misuse = 1;
  for (uint32_t i = 0; i < bytes; ++i) {
    if (flash->budget-- <= 0) {
      flash->torn[address / SlotBytes] = flash->corrects;
      return 1;
    }
    if (flash->memory[address + i] != 0xff)
      return flash->misuse = 1; // not erased before
    flash->memory[address + i] &= ((const uint8_t *)data)[i];
  }
  return 0;
}

static int flash_erase(void *context, uint32_t address, uint32_t bytes) {
  flash_t *flash = context;
  if (address % Sector || bytes % Sector)
    return flash->misuse = 1;
  // From the end: the header, which comes first, outlives its state.
  for (uint32_t i = bytes; i-- > 0;) {
    if (flash->budget-- <= 0) {
      flash->torn[address / SlotBytes] = flash->corrects;
      return 1;
    }
    flash->memory[address + i] = 0xff;
  }
  flash->torn[address / SlotBytes] = 0;
  return 0;
}

static coppice_flash_ops make_ops(flash_t *flash) {
  coppice_flash_ops ops = {.size = sizeof ops,
                           .slot_bytes = SlotBytes,
                           .write_bytes = flash->granule,
                           .context = flash,
                           .read = flash_read,
                           .write = flash_write,
                           .erase = flash_erase};
  return ops;
}

static int failures;
static void expect(int condition, const char *what, long at) {
  if (!condition && ++failures < 10)
    printf("FAIL: %s (power cut after %ld bytes)\n", what, at);
}

static void cut_everywhere(uint32_t granule, int corrects) {
  uint8_t old_state[StateBytes], new_state[StateBytes], loaded[StateBytes];
  memset(old_state, 0x11, StateBytes);
  memset(new_state, 0x22, StateBytes);
  long cuts = 0;
  for (long cut = 0;; ++cut, ++cuts) {
    flash_t flash = {
        .granule = granule, .budget = 1 << 30, .corrects = corrects};
    memset(flash.memory, 0xff, sizeof flash.memory);
    coppice_flash_ops ops = make_ops(&flash);
    // Twice, so that both slots are in use when the power fails.
    memset(loaded, 0x33, StateBytes);
    expect(coppice_flash_save_v1(loaded, StateBytes, Hash, &ops) == 0, "save 1",
           cut);
    expect(coppice_flash_save_v1(old_state, StateBytes, Hash, &ops) == 0,
           "save 2", cut);
    flash.budget = cut;
    int status = coppice_flash_save_v1(new_state, StateBytes, Hash, &ops);
    int finished = status == 0;
    flash.budget = 1 << 30;
    expect(coppice_flash_load_v1(loaded, StateBytes, Hash, &ops) == 0,
           "load after the cut", cut);
    expect(!memcmp(loaded, old_state, StateBytes) ||
               !memcmp(loaded, new_state, StateBytes),
           "one state or the other, whole", cut);
    if (finished)
      expect(!memcmp(loaded, new_state, StateBytes), "the saved state", cut);
    // And life goes on.
    memset(new_state, 0x44, StateBytes);
    expect(coppice_flash_save_v1(new_state, StateBytes, Hash, &ops) == 0,
           "save after the cut", cut);
    expect(coppice_flash_load_v1(loaded, StateBytes, Hash, &ops) == 0 &&
               !memcmp(loaded, new_state, StateBytes),
           "load after the next save", cut);
    memset(new_state, 0x22, StateBytes);
    expect(!flash.misuse, "the flash was used by its rules", cut);
    if (finished)
      break;
  }
  printf("granule %u%s: %ld cuts\n", (unsigned)granule,
         corrects ? ", torn pages unreadable" : "", cuts);
}

static void refuse(void) {
  uint8_t state[StateBytes] = {0}, loaded[StateBytes] = {0};
  flash_t flash = {.granule = 8, .budget = 1 << 30};
  memset(flash.memory, 0xff, sizeof flash.memory);
  coppice_flash_ops ops = make_ops(&flash);
  expect(coppice_flash_load_v1(loaded, StateBytes, Hash, &ops) ==
             COPPICE_ERROR_EMPTY,
         "empty flash", 0);
  coppice_flash_save_v1(state, StateBytes, Hash, &ops);
  memset(loaded, 0x55, StateBytes);
  expect(coppice_flash_load_v1(loaded, StateBytes, Hash + 1, &ops) ==
             COPPICE_ERROR_MODEL,
         "another model's state", 0);
  expect(loaded[0] == 0x55, "a refused load changes nothing", 0);
  flash.torn[0] = flash.torn[1] = 1;
  expect(coppice_flash_load_v1(loaded, StateBytes, Hash, &ops) ==
                 COPPICE_ERROR_FLASH &&
             coppice_flash_save_v1(state, StateBytes, Hash, &ops) ==
                 COPPICE_ERROR_FLASH,
         "flash that cannot be read at all", 0);
  flash.torn[0] = flash.torn[1] = 0;
  flash.memory[COPPICE_FLASH_HEADER_BYTES + 100] ^= 1;
  expect(coppice_flash_load_v1(loaded, StateBytes, Hash, &ops) ==
             COPPICE_ERROR_EMPTY,
         "a flipped bit", 0);
  expect(coppice_flash_save_v1(state, SlotBytes, Hash, &ops) ==
             COPPICE_ERROR_SIZE,
         "a state that does not fit", 0);
  ops.size--;
  expect(coppice_flash_load_v1(loaded, StateBytes, Hash, &ops) ==
             COPPICE_ERROR_SIZE,
         "a struct of another version", 0);
  ops.size++;
  ops.erase = 0;
  expect(coppice_flash_save_v1(state, StateBytes, Hash, &ops) ==
             COPPICE_ERROR_NULL,
         "a missing function", 0);
  expect(coppice_flash_save_v1(0, StateBytes, Hash, &ops) == COPPICE_ERROR_NULL,
         "no state", 0);
}

int main(void) {
  for (uint32_t granule = 1; granule <= 64; granule *= 2)
    cut_everywhere(granule, /*corrects=*/0);
  cut_everywhere(64, /*corrects=*/1);
  refuse();
  printf("%d failures\n", failures);
  return failures != 0;
}

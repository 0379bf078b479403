//===- flash.h - Training state in flash memory -------------------*- C -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// Two slots, A and B. A save erases the slot that does not hold the newest
// state, writes the state, and writes the slot's header last. Whenever the
// power fails, the other slot still loads. This file is pasted into the header
// of every compiled model.
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_FLASH_H
#define COPPICE_FLASH_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Bytes of a slot's header; the state follows it. */
#define COPPICE_FLASH_HEADER_BYTES 64

/**
 * How to reach the flash memory. Addresses count from the start of the region
 * that the caller sets aside for this model: slot A at 0, slot B at slot_bytes.
 * Every function returns 0 if it did its work.
 */
typedef struct coppice_flash_ops {
  uint32_t size;        /**< sizeof(coppice_flash_ops) */
  uint32_t slot_bytes;  /**< bytes of one slot, a whole number of sectors */
  uint32_t write_bytes; /**< programming granule: a power of two up to 64 */
  void *context;        /**< handed to the functions */
  int (*read)(void *context, uint32_t address, void *data, uint32_t bytes);
  /** Writes erased memory; address and bytes are multiples of write_bytes. */
  int (*write)(void *context, uint32_t address, const void *data,
               uint32_t bytes);
  /** Erases whole sectors: all bits one. */
  int (*erase)(void *context, uint32_t address, uint32_t bytes);
} coppice_flash_ops;

#ifdef __cplusplus
}
#endif

#endif // COPPICE_FLASH_H

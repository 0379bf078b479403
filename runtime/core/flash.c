//===- flash.c - Training state in flash memory -------------------*- C -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// Freestanding C11. A slot is valid if the checksums of its header and of its
// state are right. Both are read each time, because an erase that a power cut
// interrupts may leave an old header above an erased state.
//
//===----------------------------------------------------------------------===//

#include "runtime.h"

#include <stddef.h>

#define MAGIC 0x43505031u // "1PPC": format version 1
#define CHUNK 64u

/// The first bytes of a slot, little-endian like every target.
typedef struct {
  uint32_t magic;
  uint32_t sequence;
  uint64_t hash;
  uint32_t bytes;
  uint32_t state_crc;
  uint32_t reserved[9];
  uint32_t header_crc; // of everything before it
} header_t;

_Static_assert(sizeof(header_t) == COPPICE_FLASH_HEADER_BYTES,
               "the header fills its place");

/// CRC-32 as in IEEE 802.3, four bits at a time. It starts with and returns the
/// plain value, so that calls can be chained.
static uint32_t crc32(uint32_t crc, const uint8_t *data, uint32_t bytes) {
  static const uint32_t table[16] = {
      0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4,
      0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
      0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c};
  crc = ~crc;
  for (uint32_t i = 0; i < bytes; ++i) {
    crc = (crc >> 4) ^ table[(crc ^ data[i]) & 15];
    crc = (crc >> 4) ^ table[(crc ^ (data[i] >> 4)) & 15];
  }
  return ~crc;
}

static uint32_t header_crc(const header_t *header) {
  return crc32(0, (const uint8_t *)header, offsetof(header_t, header_crc));
}

static uint32_t round_up(uint32_t bytes, uint32_t granule) {
  return (bytes + granule - 1) & ~(granule - 1);
}

static int32_t check(const void *state, uint32_t bytes,
                     const coppice_flash_ops *ops) {
  if (!state || !ops)
    return COPPICE_ERROR_NULL;
  if (ops->size != sizeof(coppice_flash_ops))
    return COPPICE_ERROR_SIZE;
  if (!ops->read || !ops->write || !ops->erase)
    return COPPICE_ERROR_NULL;
  uint32_t granule = ops->write_bytes;
  if (granule == 0 || granule > CHUNK || (granule & (granule - 1)))
    return COPPICE_ERROR_SIZE;
  uint64_t needed = (uint64_t)COPPICE_FLASH_HEADER_BYTES + bytes + granule - 1;
  if (needed > ops->slot_bytes || ops->slot_bytes > UINT32_MAX / 2)
    return COPPICE_ERROR_SIZE;
  return COPPICE_OK;
}

/// Reads the state of a slot, into `state` if it is given, and returns its
/// checksum in `crc`.
static int32_t read_state(const coppice_flash_ops *ops, uint32_t slot,
                          uint32_t bytes, uint8_t *state, uint32_t *crc) {
  uint8_t chunk[CHUNK];
  uint32_t address = slot * ops->slot_bytes + COPPICE_FLASH_HEADER_BYTES;
  *crc = 0;
  for (uint32_t done = 0; done < bytes;) {
    uint32_t n = bytes - done < CHUNK ? bytes - done : CHUNK;
    uint8_t *to = state ? state + done : chunk;
    if (ops->read(ops->context, address + done, to, n))
      return COPPICE_ERROR_FLASH;
    *crc = crc32(*crc, to, n);
    done += n;
  }
  return COPPICE_OK;
}

/// Reads a slot's header and sets `valid` if header and state are whole. A slot
/// with a read error is not valid: flash with error correction reports a
/// half-written slot in this way.
static int32_t probe(const coppice_flash_ops *ops, uint32_t slot,
                     header_t *header, int *valid) {
  *valid = 0;
  if (ops->read(ops->context, slot * ops->slot_bytes, header, sizeof *header))
    return COPPICE_ERROR_FLASH;
  if (header->magic != MAGIC || header->header_crc != header_crc(header) ||
      header->bytes > ops->slot_bytes - COPPICE_FLASH_HEADER_BYTES)
    return COPPICE_OK;
  uint32_t crc;
  int32_t status = read_state(ops, slot, header->bytes, NULL, &crc);
  *valid = status == COPPICE_OK && crc == header->state_crc;
  return status;
}

/// Checks the arguments and probes both slots. Fails if neither can be read: a
/// power cut damages one slot at most.
static int32_t probe_both(const void *state, uint32_t bytes,
                          const coppice_flash_ops *ops, header_t headers[2],
                          int valid[2]) {
  int32_t status = check(state, bytes, ops);
  if (status)
    return status;
  int32_t first = probe(ops, 0, &headers[0], &valid[0]);
  int32_t second = probe(ops, 1, &headers[1], &valid[1]);
  return first && second ? first : COPPICE_OK;
}

/// Sequence numbers wrap around.
static int is_newer(uint32_t a, uint32_t b) { return (int32_t)(a - b) > 0; }

int32_t coppice_flash_save_v1(const void *state, uint32_t bytes, uint64_t hash,
                              const coppice_flash_ops *ops) {
  header_t headers[2];
  int valid[2];
  int32_t status = probe_both(state, bytes, ops, headers, valid);
  if (status)
    return status;

  // Write the slot that is not the newest valid one.
  uint32_t newest = !valid[0] || (valid[1] && is_newer(headers[1].sequence,
                                                       headers[0].sequence));
  uint32_t slot = valid[newest] ? 1 - newest : 0;
  header_t header = {0};
  header.magic = MAGIC;
  header.sequence = valid[newest] ? headers[newest].sequence + 1 : 1;
  header.hash = hash;
  header.bytes = bytes;
  header.state_crc = crc32(0, state, bytes);
  header.header_crc = header_crc(&header);

  uint32_t base = slot * ops->slot_bytes;
  if (ops->erase(ops->context, base, ops->slot_bytes))
    return COPPICE_ERROR_FLASH;
  const uint8_t *data = state;
  for (uint32_t done = 0; done < bytes;) {
    uint32_t n = bytes - done < CHUNK ? bytes - done : CHUNK;
    uint8_t chunk[CHUNK];
    for (uint32_t i = 0; i < CHUNK; ++i)
      chunk[i] = i < n ? data[done + i] : 0xff;
    if (ops->write(ops->context, base + COPPICE_FLASH_HEADER_BYTES + done,
                   chunk, round_up(n, ops->write_bytes)))
      return COPPICE_ERROR_FLASH;
    done += n;
  }
  // The header makes the slot the newest, so it is written last, after a whole
  // state.
  uint32_t crc;
  if ((status = read_state(ops, slot, bytes, NULL, &crc)))
    return status;
  if (crc != header.state_crc ||
      ops->write(ops->context, base, &header, sizeof header))
    return COPPICE_ERROR_FLASH;
  int whole;
  status = probe(ops, slot, &headers[slot], &whole);
  return status ? status : whole ? COPPICE_OK : COPPICE_ERROR_FLASH;
}

int32_t coppice_flash_load_v1(void *state, uint32_t bytes, uint64_t hash,
                              const coppice_flash_ops *ops) {
  header_t headers[2];
  int valid[2];
  int32_t status = probe_both(state, bytes, ops, headers, valid);
  if (status)
    return status;
  int others = 0, found = -1;
  for (int slot = 0; slot < 2; ++slot) {
    if (!valid[slot])
      continue;
    if (headers[slot].hash != hash || headers[slot].bytes != bytes)
      others = 1;
    else if (found < 0 ||
             is_newer(headers[slot].sequence, headers[found].sequence))
      found = slot;
  }
  if (found < 0)
    return others ? COPPICE_ERROR_MODEL : COPPICE_ERROR_EMPTY;
  uint32_t crc;
  if ((status = read_state(ops, (uint32_t)found, bytes, state, &crc)))
    return status;
  return crc == headers[found].state_crc ? COPPICE_OK : COPPICE_ERROR_FLASH;
}

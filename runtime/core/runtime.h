//===- runtime.h - Runtime functions of generated code ------------*- C -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// Names end in a version, so that two models from different compilers can be
// linked into one program, each with its own functions.
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_RUNTIME_H
#define COPPICE_RUNTIME_H

#include "flash.h"

#ifdef __cplusplus
extern "C" {
#endif

/// The status codes of the C interface; the header generator prints the same.
enum {
  COPPICE_OK = 0,
  COPPICE_ERROR_NULL = 1,
  COPPICE_ERROR_SIZE = 2,
  COPPICE_ERROR_ALIGNMENT = 3,
  COPPICE_ERROR_FLASH = 4,
  COPPICE_ERROR_EMPTY = 5,
  COPPICE_ERROR_MODEL = 6,
  COPPICE_ERROR_VALUE = 7,
  COPPICE_ERROR_RANGE = 8
};

/// Saves `bytes` of state of the model `hash` into the older slot.
int32_t coppice_flash_save_v1(const void *state, uint32_t bytes, uint64_t hash,
                              const coppice_flash_ops *ops);

/// Loads the newest whole state of the model `hash`; leaves `state` unchanged
/// if there is none.
int32_t coppice_flash_load_v1(void *state, uint32_t bytes, uint64_t hash,
                              const coppice_flash_ops *ops);

#ifdef __cplusplus
}
#endif

#endif // COPPICE_RUNTIME_H

// What a core of this CPU can do at most, each by a loop that does nothing else.
#pragma once

#include <stdbool.h>
#include <stdint.h>

/// A kind of product: pairs of numbers that are multiplied and added.
typedef enum {
  /// Single precision, by fused multiply-add of the widest vectors.
  ROOF_FMA,
  /// bf16 pairs into single precision (AVX-512 BF16).
  ROOF_BF16,
  /// Bytes into 32-bit integers (AVX-512 VNNI).
  ROOF_BYTES,
  /// bf16 and bytes by matrix tiles (AMX).
  ROOF_TILE_BF16,
  ROOF_TILE_BYTES,
} roof_kind;

/// Whether this CPU has the instructions, and the operating system lets a process use them.
bool roof_is_available(roof_kind kind);

/// Runs the products on this thread, in so many rounds; returns how many there were.
int64_t roof_products(roof_kind kind, int64_t rounds);

/// Reads all bytes (a multiple of 512, aligned to 64) once, and returns something made of them.
uint64_t roof_read(const void *bytes, int64_t count);

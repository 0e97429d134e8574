// What the files of the stored weights' products share: the traits of the formats, the tile that every format is
// unpacked to, and the table of kernels that each instruction set fills in (stored_plain.c, stored_avx2.c, ...).
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "dmoe_stored.h"

/// What the int8 road needs to know of a format: numbers are (quant - offset) * scale + minimum, a scale a group.
typedef struct {
  int32_t block_size, block_bytes;
  /// 32 or 16 numbers share a scale; 0: not quantized.
  int32_t group;
  int32_t offset;
  bool minima;
} stored_traits;

stored_traits stored_traits_of(dmoe_stored_format format);

/// The most inputs of a tile of bytes (24 KB of quants: with scales and activations within an L1 cache of 32 KB), and of
/// one of floats (32 KB). Whole blocks of every format.
#define STORED_CHUNK 768
#define STORED_FLOAT_CHUNK 256

/// A chunk of inputs of DMOE_STORED_TILE outputs, the same for every quantized format.
typedef struct {
  /// [inputs / 4][outputs][4]: what one multiply-and-add instruction takes lies together.
  uint8_t *quants;
  /// [groups][outputs]
  float *scales;
  /// [groups][outputs], signed so that they are added; only where the format has them.
  float *minima;
} stored_tile;

/// Quantized rows of activations, at the first input of a chunk.
typedef struct {
  /// The first row's bytes and its scale a block of 32.
  const int8_t *quants;
  const float *scales;
  /// Bytes from one row to the next, of both.
  int64_t stride;
  /// What a group's dot begins with: int32 -offset * sum of its bytes; for formats with minima the sum as float.
  const int32_t *corrections;
  /// Numbers from one row to the next.
  int64_t correction_stride;
  int64_t rows;
} stored_rows;

/// Where a product goes: the first row's first column of a matrix with `stride` floats a row. Sums begin at 0 or go on
/// from what is there.
typedef struct {
  float *values;
  int64_t stride;
  int64_t columns;
  bool begins;
} stored_target;

/// The work of one instruction set. `rows` are always DMOE_STORED_TILE places of rows, the last repeated where there are
/// fewer outputs.
typedef struct {
  /// Blocks of 32 inputs to a tile.
  void (*unpack)(dmoe_stored_format format, const uint8_t *const *rows, int64_t blocks, const stored_tile *tile);
  /// Adds the products of quantized rows with `blocks` blocks of 32 inputs of a tile.
  void (*multiply)(const stored_traits *traits, const stored_tile *tile, int64_t blocks, const stored_rows *rows,
                   const stored_target *target);
  /// A tile's `blocks` blocks of 32 inputs to floats [inputs][outputs].
  void (*widen)(const stored_traits *traits, const stored_tile *tile, int64_t blocks, float *values);
  /// Inputs of the formats that are not quantized to floats [inputs][outputs].
  void (*transpose)(dmoe_stored_format format, const uint8_t *const *rows, int64_t inputs, float *values);
  /// target += a [rows, depth] b [depth, columns]; reads whole tiles of b, whose rows are `b_stride` floats apart.
  void (*product)(const float *a, int64_t a_stride, const float *b, int64_t b_stride, int64_t depth, int64_t rows,
                  const stored_target *target);
} stored_kernels;

extern const stored_kernels stored_kernels_plain;
#if defined(__x86_64__)
extern const stored_kernels stored_kernels_avx2;
extern const stored_kernels stored_kernels_avx512;
#endif

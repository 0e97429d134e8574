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
  /// The largest quant.
  int32_t largest;
  bool minima;
} stored_traits;

stored_traits stored_traits_of(dmoe_stored_format format);

/// The most inputs of a tile of bytes (24 KB of quants: with scales and activations within an L1 cache of 32 KB), and of
/// one of floats (32 KB) or bf16 (48 KB, from an L2 cache). Whole blocks of every format.
#define STORED_CHUNK 768
#define STORED_FLOAT_CHUNK 256

/// The gradient's tile: so many outputs of STORED_FLOAT_CHUNK inputs, and the floats from one to the next, more than the
/// inputs so that a slice of all outputs does not crowd a few places of an L1 cache.
#define STORED_BACK_OUTPUTS 64
#define STORED_BACK_STRIDE (STORED_FLOAT_CHUNK + 16)

/// A chunk of inputs of DMOE_STORED_TILE outputs, the same for every quantized format.
typedef struct {
  /// [inputs / 4][outputs][4]: what one multiply-and-add instruction takes lies together.
  uint8_t *quants;
  /// [groups][outputs]
  float *scales;
  /// [groups][outputs], signed so that they are added; only where the format has them.
  float *minima;
} stored_tile;

/// What `prepare` makes of a panel of quantized rows, for every sixteen of them [blocks or groups][16].
typedef struct {
  float *scales;
  /// What a group's dot begins with: int32 -offset * sum of its bytes; for formats with minima the sum as float.
  int32_t *corrections;
  /// Blocks and groups, filled up to whole units of four blocks.
  int64_t scales_stride, corrections_stride;
} stored_panel;

/// Quantized rows of activations, at the first input of a chunk.
typedef struct {
  /// The first row's bytes, and how many from one row to the next.
  const int8_t *quants;
  int64_t stride;
  /// The panel's, moved to the chunk.
  const float *scales;
  const int32_t *corrections;
  int64_t scales_stride, corrections_stride;
  int64_t rows;
} stored_rows;

/// Where row r's scales and corrections begin; those of the next block or group are 16 on.
static inline const float *stored_row_scales(const stored_rows *rows, int64_t r) {
  return rows->scales + r / 16 * 16 * rows->scales_stride + r % 16;
}

static inline const int32_t *stored_row_corrections(const stored_rows *rows, int64_t r) {
  return rows->corrections + r / 16 * 16 * rows->corrections_stride + r % 16;
}

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
  /// A row of activations to bytes, a scale for every 32, a sum of bytes for every 16.
  void (*quantize)(const float *x, int64_t inputs, int8_t *quants, float *scales, int16_t *sums);
  /// Scales and sums of `rows` quantized rows of `inputs` bytes, `stride` bytes apart.
  void (*prepare)(const stored_traits *traits, const uint8_t *source, int64_t stride, int64_t inputs, int64_t rows,
                  const stored_panel *panel);
  /// Blocks of 32 inputs to a tile. Asks memory for the rows that come next, unless that is null.
  void (*unpack)(dmoe_stored_format format, const uint8_t *const *rows, const uint8_t *const *next, int64_t blocks,
                 const stored_tile *tile);
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

/// The work of the bf16 road, where there are instructions for it. Inputs are multiples of 32.
typedef struct {
  /// A tile's `blocks` blocks of 32 inputs to bf16 [inputs / 2][outputs][2].
  void (*narrow)(const stored_traits *traits, const stored_tile *tile, int64_t blocks, uint16_t *values);
  /// The same of the formats that are not quantized.
  void (*transpose)(dmoe_stored_format format, const uint8_t *const *rows, int64_t inputs, uint16_t *values);
  /// Two rows of floats as bf16 beside each other, [tiles][32 columns][2]: tiles are `tile_stride` numbers apart. Columns are a
  /// multiple of 32.
  void (*join)(const float *first, const float *second, int64_t columns, uint16_t *values, int64_t tile_stride);
  /// target += a [rows, depth] b [depth / 2][outputs][2].
  void (*product)(const uint16_t *a, int64_t a_stride, const uint16_t *b, int64_t depth, int64_t rows,
                  const stored_target *target);
} stored_bf16_kernels;

extern const stored_kernels stored_kernels_plain;
#if defined(__x86_64__)
extern const stored_kernels stored_kernels_avx2;
extern const stored_kernels stored_kernels_avx512;
extern const stored_bf16_kernels stored_bf16_avx512;
extern const stored_bf16_kernels stored_bf16_amx;
void stored_product_amx(const uint16_t *a, int64_t a_stride, const uint16_t *b, int64_t depth, int64_t rows,
                        const stored_target *target);
#endif

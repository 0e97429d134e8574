// What the products over whole matrices share: where rows of weights lie, and how a call's working memory is divided.
#pragma once

#include <stddef.h>

#include "stored_kernels.h"

#define MIN(a, b) ((a) < (b) ? (a) : (b))

enum { tile_outputs = DMOE_STORED_TILE };

/// The kernels of the level in use; bf16's may be null.
const stored_kernels *stored_current_kernels(void);
const stored_bf16_kernels *stored_current_bf16_kernels(void);

/// The parts of a call's working memory. Every road uses the first four and one of the last two.
typedef struct {
  stored_tile tile;
  /// A tile of floats, or of bf16, or the gradient's.
  float *values;
  uint16_t *pairs;
  /// int8 road: scales and sums of a panel of rows.
  stored_panel panel;
  /// Float road and gradient: [STORED_PANEL_ROWS][STORED_PACK_STRIDE], and [STORED_PANEL_ROWS][STORED_SLICE_STRIDE].
  float *pack, *slice;
} stored_scratch;

/// Rows of a panel of floats: with a chunk of inputs they stay in an L2 cache of 1 MB.
#define STORED_PANEL_ROWS 384
#define STORED_PACK_STRIDE (STORED_FLOAT_CHUNK + 16)
#define STORED_SLICE_STRIDE (STORED_BACK_OUTPUTS + 16)

/// Gated products of so many floats at a time: with their rows they stay in an L2 cache. It is a whole number of panels of
/// bytes times four tiles.
#define STORED_GATED_FLOATS (256 * 4 * DMOE_STORED_TILE)

/// The working memory of gated products: that of one product, and the gates, the ups and what becomes of both.
typedef struct {
  stored_scratch product;
  float *gates, *ups, *gated;
} stored_gated_scratch;

stored_gated_scratch stored_divide_gated_scratch(void *memory, int64_t inputs);

stored_scratch stored_divide_scratch(void *memory, int64_t inputs);

/// Rows of a panel of bytes: they stay in an L2 cache too.
int64_t stored_panel_rows(int64_t inputs);

static inline const uint8_t *stored_row(const dmoe_stored_matrix *weights, int64_t output) {
  const int64_t row = weights->row_order ? weights->row_order[output] : output;
  return weights->bytes + row * weights->row_bytes;
}

/// Numbers of one row of weights, whole blocks, as floats.
void stored_dequantize(dmoe_stored_format format, const uint8_t *source, int64_t inputs, float *target);

/// The places of a tile's rows at an input; the last stands for those that are missing.
void stored_tile_rows(const dmoe_stored_matrix *weights, const stored_traits *traits, int64_t first_output,
                      int64_t outputs, int64_t input, const uint8_t *rows[tile_outputs]);

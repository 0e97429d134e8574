// Products of bf16 on AMX tiles: 32 rows times 32 outputs in four tiles of sums, 32 inputs an instruction.
#include "stored_kernels.h"

#if defined(__x86_64__)

#include <immintrin.h>
#include <string.h>

#pragma clang attribute push(__attribute__((target("amx-tile,amx-bf16,prfchw"))), apply_to = function)

enum { tile_rows = 16, most_rows = 32, tile_outputs = 16, tile_inputs = 32 };

/// What LDTILECFG reads.
typedef struct {
  uint8_t palette, start_row, reserved[14];
  uint16_t row_bytes[16];
  uint8_t rows[16];
} tile_shapes;

// Rows are read once a tile of weights: loads that stream leave the weights in the first-level cache, where 32 rows and 32 outputs
// of 576 inputs have no room together.
//
// Tiles by number: sums 0 ... 3 (rows' half, outputs' half), rows 4 and 5, weights 6 and 7.
static void shape_tiles(int64_t rows) {
  const uint8_t first = (uint8_t)(rows < tile_rows ? rows : tile_rows);
  const uint8_t second = (uint8_t)(rows > tile_rows ? rows - tile_rows : first);
  const uint8_t counts[8] = {first, first, second, second, first, second, tile_inputs / 2, tile_inputs / 2};
  tile_shapes shapes = {.palette = 1};
  for (int i = 0; i < 8; i++) {
    shapes.row_bytes[i] = 64;
    shapes.rows[i] = counts[i];
  }
  _tile_loadconfig(&shapes);
}

// Up to sixteen rows.
static void product_upper(const uint16_t *a, int64_t a_stride, const uint16_t *b, int64_t depth, float *values,
                          int64_t stride, bool begins) {
  const int64_t bytes = stride * (int64_t)sizeof(float), b_bytes = DMOE_STORED_TILE * 4;
  if (begins) {
    _tile_zero(0);
    _tile_zero(1);
  } else {
    _tile_loadd(0, values, bytes);
    _tile_loadd(1, values + tile_outputs, bytes);
  }
  for (int64_t i = 0; i < depth; i += tile_inputs, b += tile_inputs * DMOE_STORED_TILE) {
    _tile_stream_loadd(4, a + i, a_stride * 2);
    _tile_loadd(6, b, b_bytes);
    _tile_dpbf16ps(0, 4, 6);
    _tile_loadd(7, b + tile_outputs * 2, b_bytes);
    _tile_dpbf16ps(1, 4, 7);
  }
  _tile_stored(0, values, bytes);
  _tile_stored(1, values + tile_outputs, bytes);
}

// The next rows' sums are new in the caches, and a tile's store waits for each of its lines: they are asked for while these rows
// are multiplied. Asking for the rows themselves only takes room from the loads.
static void prefetch_sums(float *values, int64_t stride, int64_t rows) {
  for (int64_t r = 0; r < rows; r++) {
    __builtin_prefetch(values + r * stride, 1);
    __builtin_prefetch(values + r * stride + tile_outputs, 1);
  }
}

// Seventeen to 32 rows.
static void product_both(const uint16_t *a, int64_t a_stride, const uint16_t *b, int64_t depth, float *values,
                         int64_t stride, bool begins) {
  const int64_t bytes = stride * (int64_t)sizeof(float), b_bytes = DMOE_STORED_TILE * 4;
  float *lower = values + tile_rows * stride;
  if (begins) {
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
  } else {
    _tile_loadd(0, values, bytes);
    _tile_loadd(1, values + tile_outputs, bytes);
    _tile_loadd(2, lower, bytes);
    _tile_loadd(3, lower + tile_outputs, bytes);
  }
  for (int64_t i = 0; i < depth; i += tile_inputs, b += tile_inputs * DMOE_STORED_TILE) {
    _tile_stream_loadd(4, a + i, a_stride * 2);
    _tile_loadd(6, b, b_bytes);
    _tile_dpbf16ps(0, 4, 6);
    _tile_loadd(7, b + tile_outputs * 2, b_bytes);
    _tile_dpbf16ps(1, 4, 7);
    _tile_stream_loadd(5, a + tile_rows * a_stride + i, a_stride * 2);
    _tile_dpbf16ps(2, 5, 6);
    _tile_dpbf16ps(3, 5, 7);
  }
  _tile_stored(0, values, bytes);
  _tile_stored(1, values + tile_outputs, bytes);
  _tile_stored(2, lower, bytes);
  _tile_stored(3, lower + tile_outputs, bytes);
}

static void product_some(const uint16_t *a, int64_t a_stride, const uint16_t *b, int64_t depth, int64_t rows,
                         float *values, int64_t stride, bool begins) {
  if (rows > tile_rows) product_both(a, a_stride, b, depth, values, stride, begins);
  else product_upper(a, a_stride, b, depth, values, stride, begins);
}

// Tiles are whole: where the target has fewer columns, by way of a place that has all.
static void product_at_edge(const uint16_t *a, int64_t a_stride, const uint16_t *b, int64_t depth, int64_t rows,
                            float *values, const stored_target *target) {
  float edge[most_rows][DMOE_STORED_TILE] = {};
  const size_t bytes = (size_t)target->columns * sizeof(float);
  for (int64_t r = 0; r < rows && !target->begins; r++) memcpy(edge[r], values + r * target->stride, bytes);
  product_some(a, a_stride, b, depth, rows, edge[0], DMOE_STORED_TILE, target->begins);
  for (int64_t r = 0; r < rows; r++) memcpy(values + r * target->stride, edge[r], bytes);
}

void stored_product_amx(const uint16_t *a, int64_t a_stride, const uint16_t *b, int64_t depth, int64_t rows,
                        const stored_target *target) {
  int64_t shaped = 0;
  for (int64_t r = 0; r < rows; r += most_rows) {
    const int64_t count = rows - r < most_rows ? rows - r : most_rows;
    if (count != shaped) shape_tiles(shaped = count);
    float *values = target->values + r * target->stride;
    const int64_t left = rows - r - count;
    if (left > 0) prefetch_sums(values + count * target->stride, target->stride, left < most_rows ? left : most_rows);
    if (target->columns < DMOE_STORED_TILE) {
      product_at_edge(a + r * a_stride, a_stride, b, depth, count, values, target);
    } else {
      product_some(a + r * a_stride, a_stride, b, depth, count, values, target->stride, target->begins);
    }
  }
  _tile_release();
}

#pragma clang attribute pop

#endif

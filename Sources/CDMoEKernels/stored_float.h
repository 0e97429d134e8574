// Tiles of floats and their product: one chain of fused multiply-adds an output, in ascending order.
#pragma once

#include "stored_kernels.h"
#include "stored_lanes.h"

static void widen(const stored_traits *traits, const stored_tile *tile, int64_t blocks, float *values) {
  const int64_t steps_a_group = traits->group / 4;
  for (int64_t step = 0; step < 8 * blocks; step++) {
    const int64_t group = step / steps_a_group;
    for (int64_t o = 0; o < DMOE_STORED_TILE; o += lanes) {
      const lanes_u32 quants = load_lanes(tile->quants + (step * DMOE_STORED_TILE + o) * 4);
      const lanes_f32 scale = (lanes_f32)load_lanes(tile->scales + group * DMOE_STORED_TILE + o);
      const float *minima = tile->minima + group * DMOE_STORED_TILE + o;
      UNROLL for (int j = 0; j < 4; j++) {
        const lanes_i32 quant = (lanes_i32)((quants >> (8 * j)) & 255) - traits->offset;
        lanes_f32 value = scale * floats_of_integers(quant);
        if (traits->minima) value = value + (lanes_f32)load_lanes(minima);
        store_floats(values + (4 * step + j) * DMOE_STORED_TILE + o, value);
      }
    }
  }
}

// A unit of 16 bytes of sixteen rows to the floats of 4 or 8 inputs.
ALWAYS_INLINE void store_unit(dmoe_stored_format format, const lanes_u32 unit[4], float *values) {
  UNROLL for (int j = 0; j < 4; j++) {
    if (format == DMOE_STORED_F32) {
      store_floats(values + j * DMOE_STORED_TILE, (lanes_f32)unit[j]);
    } else {
      const bool half = format == DMOE_STORED_F16;
      float *pair = values + 2 * j * DMOE_STORED_TILE;
      store_floats(pair, half ? floats_of_halves(unit[j]) : (lanes_f32)(unit[j] << 16));
      store_floats(pair + DMOE_STORED_TILE,
                   half ? floats_of_halves(unit[j] >> 16) : (lanes_f32)(unit[j] & 0xFFFF0000u));
    }
  }
}

ALWAYS_INLINE void transpose_half(dmoe_stored_format format, const uint8_t *const *rows, int64_t inputs,
                                  float *values) {
  const int64_t size = format == DMOE_STORED_F32 ? 4 : 2, whole = inputs * size / 16;
  lanes_u32 unit[4];
  for (int64_t u = 0; u < whole; u++) {
    load_unit(rows, 16 * u, unit);
    store_unit(format, unit, values + 16 / size * u * DMOE_STORED_TILE);
  }
  const int64_t rest = inputs * size % 16;
  if (rest == 0) return;
  // The file may end with the row: take what there is, and zeros.
  uint8_t ends[lanes][16] = {};
  const uint8_t *end_rows[lanes];
  for (int r = 0; r < lanes; r++) {
    memcpy(ends[r], rows[r] + 16 * whole, (size_t)rest);
    end_rows[r] = ends[r];
  }
  load_unit(end_rows, 0, unit);
  store_unit(format, unit, values + 16 / size * whole * DMOE_STORED_TILE);
}

static void transpose(dmoe_stored_format format, const uint8_t *const *rows, int64_t inputs, float *values) {
  for (int64_t o = 0; o < DMOE_STORED_TILE; o += lanes) {
    switch (format) {
      case DMOE_STORED_F32: transpose_half(DMOE_STORED_F32, rows + o, inputs, values + o); break;
      case DMOE_STORED_F16: transpose_half(DMOE_STORED_F16, rows + o, inputs, values + o); break;
      case DMOE_STORED_BF16: transpose_half(DMOE_STORED_BF16, rows + o, inputs, values + o); break;
      default: break;
    }
  }
}

// The product's inner kernel holds `count` rows of two registers' columns.

typedef float part_f32 __attribute__((vector_size(STORED_WIDTH)));

enum { part = STORED_WIDTH / 4, parts = 2, piece = part * parts };

ALWAYS_INLINE part_f32 load_part(const float *source) {
  part_f32 value;
  memcpy(&value, source, sizeof value);
  return value;
}

ALWAYS_INLINE void product_piece(int count, const float *a, int64_t a_stride, const float *b, int64_t b_stride,
                                 int64_t depth, float *values, int64_t stride, bool begins) {
  part_f32 sums[8][parts];
  UNROLL for (int r = 0; r < count; r++) {
    UNROLL for (int p = 0; p < parts; p++) {
      sums[r][p] = begins ? (part_f32){} : load_part(values + r * stride + p * part);
    }
  }
  for (int64_t i = 0; i < depth; i++, b += b_stride) {
    part_f32 weights[parts];
    UNROLL for (int p = 0; p < parts; p++) weights[p] = load_part(b + p * part);
    UNROLL for (int r = 0; r < count; r++) {
      const part_f32 x = (part_f32){} + a[r * a_stride + i];
      UNROLL for (int p = 0; p < parts; p++) sums[r][p] = __builtin_elementwise_fma(weights[p], x, sums[r][p]);
    }
  }
  UNROLL for (int r = 0; r < count; r++) {
    UNROLL for (int p = 0; p < parts; p++) {
      memcpy(values + r * stride + p * part, &sums[r][p], sizeof sums[r][p]);
    }
  }
}

ALWAYS_INLINE void product_rows(int count, const float *a, int64_t a_stride, const float *b, int64_t b_stride,
                                int64_t depth, float *values, int64_t stride, int64_t columns, bool begins) {
  int64_t c = 0;
  for (; c + piece <= columns; c += piece) {
    product_piece(count, a, a_stride, b + c, b_stride, depth, values + c, stride, begins);
  }
  if (c == columns) return;
  float edge[8 * piece] = {};
  for (int r = 0; r < count && !begins; r++) {
    for (int64_t i = c; i < columns; i++) edge[r * piece + i - c] = values[r * stride + i];
  }
  product_piece(count, a, a_stride, b + c, b_stride, depth, edge, piece, begins);
  for (int r = 0; r < count; r++) {
    for (int64_t i = c; i < columns; i++) values[r * stride + i] = edge[r * piece + i - c];
  }
}

static void product(const float *a, int64_t a_stride, const float *b, int64_t b_stride, int64_t depth, int64_t rows,
                    const stored_target *target) {
  int64_t r = 0;
#define ROWS(count)                                                                                          \
  for (; r + count <= rows; r += count)                                                                      \
    product_rows(count, a + r * a_stride, a_stride, b, b_stride, depth, target->values + r * target->stride, \
                 target->stride, target->columns, target->begins);
#if STORED_WIDTH == 64
  ROWS(8)
#endif
  ROWS(4)
  ROWS(2)
  ROWS(1)
#undef ROWS
}

// Tiles of bf16 weights from any format: [inputs / 2][outputs][2], as products of pairs take them.
#pragma once

#include "stored_kernels.h"
#include "stored_lanes.h"

// The nearest bf16 of two numbers a lane, the first in the low half.
ALWAYS_INLINE lanes_u32 pairs_of_floats(lanes_f32 first, lanes_f32 second) {
  const __m512i order = _mm512_set_epi16(31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8, 23, 7, 22, 6, 21,
                                         5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0);
  const __m512i narrow = (__m512i)_mm512_cvtne2ps_pbh((__m512)second, (__m512)first);
  return (lanes_u32)_mm512_permutexvar_epi16(order, narrow);
}

ALWAYS_INLINE lanes_f32 weights_of_quants(const stored_traits *traits, lanes_u32 quants, int place, lanes_f32 scale,
                                          lanes_f32 minimum) {
  const lanes_i32 quant = (lanes_i32)((quants >> (8 * place)) & 255) - traits->offset;
  const lanes_f32 value = scale * floats_of_integers(quant);
  return traits->minima ? value + minimum : value;
}

ALWAYS_INLINE void narrow_tile(const stored_traits *traits, const stored_tile *tile, int64_t blocks,
                               uint16_t *values) {
  const int64_t steps = traits->group / 4, groups = blocks * 32 / traits->group;
  for (int64_t group = 0; group < groups; group++) {
    for (int64_t o = 0; o < DMOE_STORED_TILE; o += lanes) {
      const lanes_f32 scale = (lanes_f32)load_lanes(tile->scales + group * DMOE_STORED_TILE + o);
      const lanes_f32 minimum =
          traits->minima ? (lanes_f32)load_lanes(tile->minima + group * DMOE_STORED_TILE + o) : (lanes_f32){};
      for (int64_t step = group * steps; step < (group + 1) * steps; step++) {
        const lanes_u32 quants = load_lanes(tile->quants + (step * DMOE_STORED_TILE + o) * 4);
        UNROLL for (int pair = 0; pair < 2; pair++) {
          const lanes_f32 first = weights_of_quants(traits, quants, 2 * pair, scale, minimum);
          const lanes_f32 second = weights_of_quants(traits, quants, 2 * pair + 1, scale, minimum);
          store_lanes(values + ((2 * step + pair) * DMOE_STORED_TILE + o) * 2, pairs_of_floats(first, second));
        }
      }
    }
  }
}

static void narrow(const stored_traits *traits, const stored_tile *tile, int64_t blocks, uint16_t *values) {
  // Known when it is compiled, minima cost nothing where there are none.
  stored_traits known = *traits;
  known.minima = true;
  if (traits->minima) return narrow_tile(&known, tile, blocks, values);
  known.minima = false;
  narrow_tile(&known, tile, blocks, values);
}

// 16 bytes of sixteen rows to pairs: bf16 as they lie, halves and floats rounded.
ALWAYS_INLINE void store_pairs(dmoe_stored_format format, const lanes_u32 unit[4], uint16_t *values) {
  enum { row = DMOE_STORED_TILE * 2 };
  if (format == DMOE_STORED_F32) {
    UNROLL for (int j = 0; j < 2; j++) {
      store_lanes(values + j * row, pairs_of_floats((lanes_f32)unit[2 * j], (lanes_f32)unit[2 * j + 1]));
    }
    return;
  }
  UNROLL for (int j = 0; j < 4; j++) {
    const lanes_u32 pair = format == DMOE_STORED_BF16
                               ? unit[j]
                               : pairs_of_floats(floats_of_halves(unit[j]), floats_of_halves(unit[j] >> 16));
    store_lanes(values + j * row, pair);
  }
}

ALWAYS_INLINE void transpose_pairs_of(dmoe_stored_format format, const uint8_t *const *rows, int64_t inputs,
                                      uint16_t *values) {
  const int64_t size = format == DMOE_STORED_F32 ? 4 : 2;
  for (int64_t o = 0; o < DMOE_STORED_TILE; o += lanes) {
    for (int64_t u = 0; u < inputs * size / 16; u++) {
      lanes_u32 unit[4];
      load_unit(rows + o, 16 * u, unit);
      store_pairs(format, unit, values + (8 / size * u * DMOE_STORED_TILE + o) * 2);
    }
  }
}

static void transpose_pairs(dmoe_stored_format format, const uint8_t *const *rows, int64_t inputs, uint16_t *values) {
  switch (format) {
    case DMOE_STORED_F32: return transpose_pairs_of(DMOE_STORED_F32, rows, inputs, values);
    case DMOE_STORED_F16: return transpose_pairs_of(DMOE_STORED_F16, rows, inputs, values);
    case DMOE_STORED_BF16: return transpose_pairs_of(DMOE_STORED_BF16, rows, inputs, values);
    default: return;
  }
}

static void join(const float *first, const float *second, int64_t columns, uint16_t *values, int64_t tile_stride) {
  for (int64_t i = 0; i < columns; i += lanes) {
    const lanes_f32 one = (lanes_f32)load_lanes(first + i), other = (lanes_f32)load_lanes(second + i);
    uint16_t *tile = values + i / DMOE_STORED_TILE * tile_stride;
    store_lanes(tile + i % DMOE_STORED_TILE * 2, pairs_of_floats(one, other));
  }
}

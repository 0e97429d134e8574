// Every quantized format to the common tile, sixteen outputs at a time. The layouts of the blocks are those of
// dequantize.c, and so are the roundings: a group's scale is the product of two numbers rounded once.
#pragma once

#include "stored_kernels.h"
#include "stored_lanes.h"

// A tile's half: what sixteen outputs fill in. Steps are of four inputs.
typedef struct {
  uint8_t *quants;
  float *scales, *minima;
} half_tile;

enum { outputs = DMOE_STORED_TILE };

ALWAYS_INLINE void store_step(const half_tile *tile, int64_t step, lanes_u32 quants) {
  store_lanes(tile->quants + step * outputs * 4, quants);
}

ALWAYS_INLINE void store_scale(const half_tile *tile, int64_t group, lanes_f32 scale) {
  store_floats(tile->scales + group * outputs, scale);
}

ALWAYS_INLINE void store_minimum(const half_tile *tile, int64_t group, lanes_f32 minimum) {
  store_floats(tile->minima + group * outputs, minimum);
}

ALWAYS_INLINE lanes_u32 every_byte(uint8_t value) { return (lanes_u32){} + value * 0x01010101u; }

// Byte `place` of every lane, and as a float.
ALWAYS_INLINE lanes_u32 byte_of(lanes_u32 value, int place) { return (value >> (8 * place)) & 255; }

ALWAYS_INLINE lanes_f32 float_of_byte(lanes_u32 value, int place) {
  return floats_of_integers((lanes_i32)byte_of(value, place));
}

// d and dmin in the low and the high half of every lane.
typedef struct {
  lanes_f32 scale, minimum;
} block_scales;

ALWAYS_INLINE block_scales block_scales_of(lanes_u32 halves) {
  return (block_scales){floats_of_halves(halves), floats_of_halves(halves >> 16)};
}

// Blocks of 32: the scale (for _1 the minimum too, for 5 bits the fifth bits) lies before the quants. It is taken from a
// unit of its own, of which only the first four bytes are transposed: sixteen loads of two bytes would cost more.

ALWAYS_INLINE void unpack_scale(const uint8_t *const *rows, int64_t at, int64_t block, const half_tile *tile) {
  lanes_u32 unit[4];
  load_unit(rows, at, unit);
  store_scale(tile, block, floats_of_halves(unit[0]));
}

ALWAYS_INLINE void unpack_scale_and_minimum(const uint8_t *const *rows, int64_t at, int64_t block,
                                            const half_tile *tile) {
  lanes_u32 unit[4];
  load_unit(rows, at, unit);
  const block_scales both = block_scales_of(unit[0]);
  store_scale(tile, block, both.scale);
  store_minimum(tile, block, both.minimum);
}

// Low nibbles are the inputs 0 ... 15 of a block, high ones 16 ... 31.
ALWAYS_INLINE void unpack_nibbles(const uint8_t *const *rows, int64_t at, int64_t block, const half_tile *tile) {
  lanes_u32 unit[4];
  load_unit(rows, at, unit);
  UNROLL for (int j = 0; j < 4; j++) {
    store_step(tile, 8 * block + j, unit[j] & 0x0F0F0F0Fu);
    store_step(tile, 8 * block + 4 + j, (unit[j] >> 4) & 0x0F0F0F0Fu);
  }
}

static void unpack_q4_0(const uint8_t *const *rows, int64_t blocks, const half_tile *tile) {
  for (int64_t b = 0; b < blocks; b++) {
    unpack_scale(rows, 18 * b, b, tile);
    unpack_nibbles(rows, 18 * b + 2, b, tile);
  }
}

static void unpack_q4_1(const uint8_t *const *rows, int64_t blocks, const half_tile *tile) {
  for (int64_t b = 0; b < blocks; b++) {
    unpack_scale_and_minimum(rows, 20 * b, b, tile);
    unpack_nibbles(rows, 20 * b + 4, b, tile);
  }
}

// 16 in byte i of a lane where bit 4 * step + i of the lane is set.
ALWAYS_INLINE lanes_u32 fifth_bits(lanes_u32 bits, int step) {
  // The byte that has the four bits, four times; then one bit of it in each.
  const lanes_u8 copies = copies_of_byte((lanes_u8)bits, step / 2);
  const lanes_u8 bit = (lanes_u8)((lanes_u32){} + (step % 2 ? 0x80402010u : 0x08040201u));
  return (lanes_u32)((copies & bit) == bit) & 0x10101010u;
}

ALWAYS_INLINE void unpack_nibbles_and_fifth(const uint8_t *const *rows, int64_t at, lanes_u32 fifth, int64_t block,
                                            const half_tile *tile) {
  lanes_u32 unit[4];
  load_unit(rows, at, unit);
  UNROLL for (int j = 0; j < 4; j++) {
    store_step(tile, 8 * block + j, (unit[j] & 0x0F0F0F0Fu) | fifth_bits(fifth, j));
    store_step(tile, 8 * block + 4 + j, ((unit[j] >> 4) & 0x0F0F0F0Fu) | fifth_bits(fifth, j + 4));
  }
}

static void unpack_q5_0(const uint8_t *const *rows, int64_t blocks, const half_tile *tile) {
  for (int64_t b = 0; b < blocks; b++) {
    lanes_u32 unit[4];
    load_unit(rows, 22 * b, unit);
    store_scale(tile, b, floats_of_halves(unit[0]));
    unpack_nibbles_and_fifth(rows, 22 * b + 6, (unit[0] >> 16) | (unit[1] << 16), b, tile);
  }
}

static void unpack_q5_1(const uint8_t *const *rows, int64_t blocks, const half_tile *tile) {
  for (int64_t b = 0; b < blocks; b++) {
    lanes_u32 unit[4];
    load_unit(rows, 24 * b, unit);
    const block_scales both = block_scales_of(unit[0]);
    store_scale(tile, b, both.scale);
    store_minimum(tile, b, both.minimum);
    unpack_nibbles_and_fifth(rows, 24 * b + 8, unit[1], b, tile);
  }
}

static void unpack_q8_0(const uint8_t *const *rows, int64_t blocks, const half_tile *tile) {
  for (int64_t b = 0; b < blocks; b++) {
    unpack_scale(rows, 34 * b, b, tile);
    UNROLL for (int half = 0; half < 2; half++) {
      lanes_u32 unit[4];
      load_unit(rows, 34 * b + 2 + 16 * half, unit);
      UNROLL for (int j = 0; j < 4; j++) store_step(tile, 8 * b + 4 * half + j, unit[j] ^ 0x80808080u);
    }
  }
}

// Blocks of 256: the groups' scales are small integers that are unpacked in the lanes.

static void unpack_q2_k(const uint8_t *const *rows, int64_t blocks, const half_tile *tile) {
  for (int64_t b = 0; b < blocks / 8; b++) {
    const int64_t at = 84 * b, step = 64 * b, group = 16 * b;
    lanes_u32 packed[4], unit[4];
    load_unit(rows, at + 68, unit);
    const block_scales whole = block_scales_of(unit[3]);
    load_unit(rows, at, packed);
    UNROLL for (int g = 0; g < 16; g++) {
      const lanes_u32 both = byte_of(packed[g / 4], g % 4);
      store_scale(tile, group + g, whole.scale * floats_of_integers((lanes_i32)(both & 15)));
      store_minimum(tile, group + g, -(whole.minimum * floats_of_integers((lanes_i32)(both >> 4))));
    }
    for (int u = 0; u < 4; u++) {
      load_unit(rows, at + 16 + 16 * u, unit);
      UNROLL for (int s = 0; s < 4; s++) {
        const int g = u / 2 * 8 + 2 * s + u % 2;
        UNROLL for (int j = 0; j < 4; j++) store_step(tile, step + 4 * g + j, (unit[j] >> (2 * s)) & 0x03030303u);
      }
    }
  }
}

// The sixteen 6-bit scales of Q3_K (12 bytes) and the block's scale behind them, from the 16 bytes before the block's end.
ALWAYS_INLINE void unpack_scales_q3_k(const uint8_t *const *rows, int64_t end, int64_t group, const half_tile *tile) {
  lanes_u32 unit[4], packed[3];
  load_unit(rows, end - 16, unit);
  UNROLL for (int i = 0; i < 3; i++) packed[i] = (unit[i] >> 16) | (unit[i + 1] << 16);
  const lanes_f32 whole = floats_of_halves(unit[3] >> 16);
  UNROLL for (int g = 0; g < 16; g++) {
    const lanes_u32 low = (packed[g % 8 / 4] >> (8 * (g % 4) + g / 8 * 4)) & 15;
    const lanes_u32 high = (packed[2] >> (8 * (g % 4) + g / 4 * 2)) & 3;
    store_scale(tile, group + g, whole * floats_of_integers((lanes_i32)(low | high << 4) - 32));
  }
}

static void unpack_q3_k(const uint8_t *const *rows, int64_t blocks, const half_tile *tile) {
  for (int64_t b = 0; b < blocks / 8; b++) {
    const int64_t at = 110 * b, step = 64 * b;
    unpack_scales_q3_k(rows, at + 110, 16 * b, tile);
    for (int parity = 0; parity < 2; parity++) {
      lanes_u32 third[4];
      load_unit(rows, at + 16 * parity, third);
      UNROLL for (int half = 0; half < 2; half++) {
        lanes_u32 unit[4];
        load_unit(rows, at + 32 + 32 * half + 16 * parity, unit);
        UNROLL for (int s = 0; s < 4; s++) {
          const int g = half * 8 + 2 * s + parity;
          UNROLL for (int j = 0; j < 4; j++) {
            const lanes_u32 high = (third[j] >> (half * 4 + s)) & 0x01010101u;
            store_step(tile, step + 4 * g + j, ((unit[j] >> (2 * s)) & 0x03030303u) | high << 2);
          }
        }
      }
    }
  }
}

// The 16 bytes before the quants of Q4_K and Q5_K: d, dmin, eight 6-bit scales and minima in 12 bytes.
ALWAYS_INLINE void unpack_scales_q4_k(const uint8_t *const *rows, int64_t at, int64_t group, const half_tile *tile) {
  lanes_u32 unit[4];
  load_unit(rows, at, unit);
  const block_scales whole = block_scales_of(unit[0]);
  const lanes_u32 scales[2] = {unit[1] & 0x3F3F3F3Fu, (unit[3] & 0x0F0F0F0Fu) | ((unit[1] >> 2) & 0x30303030u)};
  const lanes_u32 minima[2] = {unit[2] & 0x3F3F3F3Fu,
                               ((unit[3] >> 4) & 0x0F0F0F0Fu) | ((unit[2] >> 2) & 0x30303030u)};
  UNROLL for (int g = 0; g < 8; g++) {
    store_scale(tile, group + g, whole.scale * float_of_byte(scales[g / 4], g % 4));
    store_minimum(tile, group + g, -(whole.minimum * float_of_byte(minima[g / 4], g % 4)));
  }
}

static void unpack_q4_k(const uint8_t *const *rows, int64_t blocks, const half_tile *tile) {
  for (int64_t b = 0; b < blocks / 8; b++) {
    const int64_t at = 144 * b, step = 64 * b;
    unpack_scales_q4_k(rows, at, 8 * b, tile);
    for (int u = 0; u < 8; u++) {
      lanes_u32 unit[4];
      load_unit(rows, at + 16 + 16 * u, unit);
      UNROLL for (int j = 0; j < 4; j++) {
        const int64_t low = step + u / 2 * 16 + u % 2 * 4 + j;
        store_step(tile, low, unit[j] & 0x0F0F0F0Fu);
        store_step(tile, low + 8, (unit[j] >> 4) & 0x0F0F0F0Fu);
      }
    }
  }
}

static void unpack_q5_k(const uint8_t *const *rows, int64_t blocks, const half_tile *tile) {
  for (int64_t b = 0; b < blocks / 8; b++) {
    const int64_t at = 176 * b, step = 64 * b;
    unpack_scales_q4_k(rows, at, 8 * b, tile);
    UNROLL for (int half = 0; half < 2; half++) {
      lanes_u32 fifth[4], unit[4];
      load_unit(rows, at + 16 + 16 * half, fifth);
      UNROLL for (int pair = 0; pair < 4; pair++) {
        load_unit(rows, at + 48 + 32 * pair + 16 * half, unit);
        UNROLL for (int j = 0; j < 4; j++) {
          const int64_t low = step + pair * 16 + half * 4 + j;
          const lanes_u32 bits = fifth[j] >> (2 * pair);
          store_step(tile, low, (unit[j] & 0x0F0F0F0Fu) | ((bits << 4) & 0x10101010u));
          store_step(tile, low + 8, ((unit[j] >> 4) & 0x0F0F0F0Fu) | ((bits << 3) & 0x10101010u));
        }
      }
    }
  }
}

ALWAYS_INLINE void unpack_scales_q6_k(const uint8_t *const *rows, int64_t end, int64_t group, const half_tile *tile) {
  lanes_u32 unit[4];
  load_unit(rows, end - 16, unit);
  const lanes_f32 whole = floats_of_halves(unit[3] >> 16);
  load_unit(rows, end - 18, unit);
  UNROLL for (int g = 0; g < 16; g++) {
    const lanes_i32 scale = (lanes_i32)(unit[g / 4] << (24 - g % 4 * 8)) >> 24;
    store_scale(tile, group + g, whole * floats_of_integers(scale));
  }
}

static void unpack_q6_k(const uint8_t *const *rows, int64_t blocks, const half_tile *tile) {
  for (int64_t b = 0; b < blocks / 8; b++) {
    const int64_t at = 210 * b, step = 64 * b;
    unpack_scales_q6_k(rows, at + 210, 16 * b, tile);
    for (int half = 0; half < 2; half++) {
      UNROLL for (int parity = 0; parity < 2; parity++) {
        lanes_u32 high[4], unit[4];
        load_unit(rows, at + 128 + 32 * half + 16 * parity, high);
        UNROLL for (int pair = 0; pair < 2; pair++) {
          // Groups `within` and `within + 4` of the half: low and high nibbles of the same bytes.
          const int within = 2 * pair + parity;
          load_unit(rows, at + 64 * half + 16 * within, unit);
          UNROLL for (int j = 0; j < 4; j++) {
            const int64_t first = step + 4 * (8 * half + within) + j;
            const lanes_u32 bits = high[j] >> (2 * pair);
            store_step(tile, first, (unit[j] & 0x0F0F0F0Fu) | ((bits << 4) & 0x30303030u));
            store_step(tile, first + 16, ((unit[j] >> 4) & 0x0F0F0F0Fu) | (bits & 0x30303030u));
          }
        }
      }
    }
  }
}

// Quants that stand for the values of a table, here above 128.

static const uint8_t codebook_above_128[16] = {1,   24,  45,  63,  79,  93,  106, 118,
                                               129, 141, 153, 166, 181, 197, 217, 241};

ALWAYS_INLINE void unpack_codes(const uint8_t *const *rows, int64_t at, int64_t step, const half_tile *tile) {
  lanes_u32 unit[4];
  load_unit(rows, at, unit);
  UNROLL for (int j = 0; j < 4; j++) {
    store_step(tile, step + j, look_up(codebook_above_128, unit[j] & 0x0F0F0F0Fu));
    store_step(tile, step + 4 + j, look_up(codebook_above_128, (unit[j] >> 4) & 0x0F0F0F0Fu));
  }
}

static void unpack_iq4_nl(const uint8_t *const *rows, int64_t blocks, const half_tile *tile) {
  for (int64_t b = 0; b < blocks; b++) {
    unpack_scale(rows, 18 * b, b, tile);
    unpack_codes(rows, 18 * b + 2, 8 * b, tile);
  }
}

static void unpack_iq4_xs(const uint8_t *const *rows, int64_t blocks, const half_tile *tile) {
  for (int64_t b = 0; b < blocks / 8; b++) {
    const int64_t at = 136 * b;
    lanes_u32 unit[4];
    load_unit(rows, at, unit);
    const lanes_f32 whole = floats_of_halves(unit[0]);
    UNROLL for (int g = 0; g < 8; g++) {
      const lanes_u32 low = (unit[1] >> (4 * g)) & 15, high = (unit[0] >> (16 + 2 * g)) & 3;
      store_scale(tile, 8 * b + g, whole * floats_of_integers((lanes_i32)(low | high << 4) - 32));
    }
    for (int g = 0; g < 8; g++) unpack_codes(rows, at + 8 + 16 * g, 64 * b + 8 * g, tile);
  }
}

static void unpack_half(dmoe_stored_format format, const uint8_t *const *rows, int64_t blocks, const half_tile *tile) {
  switch (format) {
    case DMOE_STORED_Q4_0: return unpack_q4_0(rows, blocks, tile);
    case DMOE_STORED_Q4_1: return unpack_q4_1(rows, blocks, tile);
    case DMOE_STORED_Q5_0: return unpack_q5_0(rows, blocks, tile);
    case DMOE_STORED_Q5_1: return unpack_q5_1(rows, blocks, tile);
    case DMOE_STORED_Q8_0: return unpack_q8_0(rows, blocks, tile);
    case DMOE_STORED_Q2_K: return unpack_q2_k(rows, blocks, tile);
    case DMOE_STORED_Q3_K: return unpack_q3_k(rows, blocks, tile);
    case DMOE_STORED_Q4_K: return unpack_q4_k(rows, blocks, tile);
    case DMOE_STORED_Q5_K: return unpack_q5_k(rows, blocks, tile);
    case DMOE_STORED_Q6_K: return unpack_q6_k(rows, blocks, tile);
    case DMOE_STORED_IQ4_NL: return unpack_iq4_nl(rows, blocks, tile);
    case DMOE_STORED_IQ4_XS: return unpack_iq4_xs(rows, blocks, tile);
    case DMOE_STORED_F32:
    case DMOE_STORED_F16:
    case DMOE_STORED_BF16: return;
  }
}

static void unpack(dmoe_stored_format format, const uint8_t *const *rows, int64_t blocks, const stored_tile *tile) {
  for (int half = 0; half < outputs / lanes; half++) {
    const int at = half * lanes;
    const half_tile part = {tile->quants + 4 * at, tile->scales + at, tile->minima + at};
    unpack_half(format, rows + at, blocks, &part);
  }
}

// Rows of activations to bytes, four blocks of 32 at a time: what is found across a block's lanes (its greatest number, the
// sums of its bytes) is found for four blocks with the shuffles of one.
#pragma once

#include "stored_kernels.h"
#include "stored_lanes.h"

enum { block_inputs = 32, blocks_at_once = 4, inputs_at_once = block_inputs * blocks_at_once };

typedef int32_t quad_i32 __attribute__((vector_size(16)));
typedef float quad_f32 __attribute__((vector_size(16)));
typedef int16_t quad_i16 __attribute__((vector_size(8)));
typedef int8_t lanes_i8 __attribute__((vector_size(16)));

ALWAYS_INLINE lanes_i32 larger(lanes_i32 a, lanes_i32 b) { return __builtin_elementwise_max(a, b); }
ALWAYS_INLINE quad_i32 larger_quad(quad_i32 a, quad_i32 b) { return __builtin_elementwise_max(a, b); }
ALWAYS_INLINE lanes_i32 sum(lanes_i32 a, lanes_i32 b) { return a + b; }
ALWAYS_INLINE quad_i32 sum_quad(quad_i32 a, quad_i32 b) { return a + b; }

// Vectors a, b, c, d, each combined across its lanes, to the four lanes of one.
#define ACROSS_LANES(combine, a, b, c, d)                                                                           \
  ({                                                                                                                \
    const lanes_i32 ab = combine(LOW(a, b), HIGH(a, b)), cd = combine(LOW(c, d), HIGH(c, d));                       \
    const lanes_i32 all = combine(LOW_PAIRS(ab, cd), HIGH_PAIRS(ab, cd));                                           \
    combine##_quad(combine##_quad(QUAD(all, 0), QUAD(all, 4)), combine##_quad(QUAD(all, 8), QUAD(all, 12)));        \
  })
#define LOW(a, b) __builtin_shufflevector(a, b, 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29)
#define HIGH(a, b) __builtin_shufflevector(a, b, 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31)
#define LOW_PAIRS(a, b) __builtin_shufflevector(a, b, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29)
#define HIGH_PAIRS(a, b) __builtin_shufflevector(a, b, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31)
#define QUAD(a, at) __builtin_shufflevector(a, a, at, at + 1, at + 2, at + 3)

// The magnitudes of a block's numbers, as integers: they are ordered like the numbers, and what is not a number is above.
ALWAYS_INLINE lanes_i32 top_of_block(const float *x) {
  const lanes_i32 magnitude = (lanes_i32){} + 0x7FFFFFFF;
  return larger((lanes_i32)load_lanes(x) & magnitude, (lanes_i32)load_lanes(x + lanes) & magnitude);
}

ALWAYS_INLINE lanes_f32 to_all_lanes(float value) { return value - (lanes_f32){}; }

// Sixteen numbers to bytes, and these as integers.
ALWAYS_INLINE lanes_i32 quantize_lanes(const float *x, float inverse, int32_t kept, int8_t *quants) {
  // Added to 1.5 * 2^23, a small number is rounded to an integer, ties to even, in the sum's lowest bits.
  const lanes_f32 shift = to_all_lanes(12582912.0f);
  const lanes_f32 scaled = (lanes_f32)load_lanes(x) * to_all_lanes(inverse);
  const lanes_i32 quant = ((lanes_i32)(scaled + shift) - (lanes_i32)shift) & kept;
  const lanes_i8 bytes = __builtin_convertvector(quant, lanes_i8);
  memcpy(quants, &bytes, sizeof bytes);
  return quant;
}

// Four blocks. Where a number is not finite, the bytes are 0 and the scale is not a number.
ALWAYS_INLINE void quantize_blocks(const float *x, int8_t *quants, float *scales, int16_t *sums) {
  const quad_i32 tops = ACROSS_LANES(larger, top_of_block(x), top_of_block(x + 32), top_of_block(x + 64),
                                     top_of_block(x + 96));
  const quad_i32 finite = tops < 0x7F800000, some = tops >= 0x04800000;  // infinity, 2^-118
  const quad_i32 kept = finite & some;
  const quad_i32 inverses = (quad_i32)(127.0f / (quad_f32)tops) & kept;
  const quad_i32 quotients = (quad_i32)((quad_f32)tops / 127.0f) & kept;
  const quad_i32 scale = quotients | (~finite & 0x7FC00000);
  memcpy(scales, &scale, sizeof scale);
  UNROLL for (int pair = 0; pair < 2; pair++) {
    lanes_i32 halves[4];
    UNROLL for (int i = 0; i < 4; i++) {
      const int block = 2 * pair + i / 2, at = block_inputs * block + lanes * (i % 2);
      halves[i] = quantize_lanes(x + at, ((quad_f32)inverses)[block], kept[block], quants + at);
    }
    const quad_i32 four = ACROSS_LANES(sum, halves[0], halves[1], halves[2], halves[3]);
    const quad_i16 narrow = __builtin_convertvector(four, quad_i16);
    memcpy(sums + 4 * pair, &narrow, sizeof narrow);
  }
}

#undef LOW
#undef HIGH
#undef LOW_PAIRS
#undef HIGH_PAIRS
#undef QUAD

// A row of less than four blocks, with zeros behind them.
ALWAYS_INLINE void quantize_few(const float *x, int64_t blocks, int8_t *quants, float *scales, int16_t *sums) {
  float filled[inputs_at_once] = {};
  int8_t filled_quants[inputs_at_once];
  float filled_scales[blocks_at_once];
  int16_t filled_sums[2 * blocks_at_once];
  memcpy(filled, x, (size_t)(blocks * block_inputs) * sizeof *x);
  quantize_blocks(filled, filled_quants, filled_scales, filled_sums);
  memcpy(quants, filled_quants, (size_t)(blocks * block_inputs));
  memcpy(scales, filled_scales, (size_t)blocks * sizeof *scales);
  memcpy(sums, filled_sums, (size_t)(2 * blocks) * sizeof *sums);
}

static void quantize(const float *x, int64_t inputs, int8_t *quants, float *scales, int16_t *sums) {
  const int64_t blocks = inputs / block_inputs;
  if (blocks < blocks_at_once) return quantize_few(x, blocks, quants, scales, sums);
  for (int64_t first = 0; first < blocks; first += blocks_at_once) {
    // The last four may overlap with those before: the results are the same.
    const int64_t b = first + blocks_at_once <= blocks ? first : blocks - blocks_at_once;
    quantize_blocks(x + b * block_inputs, quants + b * block_inputs, scales + b, sums + 2 * b);
  }
}

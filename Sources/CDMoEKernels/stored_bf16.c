#include "stored_kernels.h"

#if defined(__x86_64__)

#include <immintrin.h>

#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,avx512cd,avx512bf16,fma,f16c"))), apply_to = function)

#define STORED_WIDTH 64
#include "stored_bf16.h"

// Eight rows times two registers of sixteen outputs, two inputs a step.
enum { halves = DMOE_STORED_TILE / lanes };

ALWAYS_INLINE __mmask16 lanes_below(int64_t columns, int half) {
  const int64_t left = columns - half * lanes;
  return left >= lanes ? 0xFFFF : left <= 0 ? 0 : (__mmask16)((1u << left) - 1);
}

ALWAYS_INLINE void product_rows(int count, const uint16_t *a, int64_t a_stride, const uint16_t *b, int64_t depth,
                                float *values, const stored_target *target) {
  __m512 sums[8][halves];
  UNROLL for (int r = 0; r < count; r++) {
    UNROLL for (int h = 0; h < halves; h++) {
      const __mmask16 there = target->begins ? 0 : lanes_below(target->columns, h);
      sums[r][h] = _mm512_maskz_loadu_ps(there, values + r * target->stride + h * lanes);
    }
  }
  for (int64_t i = 0; i < depth; i += 2, b += DMOE_STORED_TILE * 2) {
    __m512bh weights[halves];
    UNROLL for (int h = 0; h < halves; h++) weights[h] = (__m512bh)_mm512_loadu_si512(b + h * lanes * 2);
    UNROLL for (int r = 0; r < count; r++) {
      int32_t pair;
      memcpy(&pair, a + r * a_stride + i, sizeof pair);
      const __m512bh x = (__m512bh)_mm512_set1_epi32(pair);
      UNROLL for (int h = 0; h < halves; h++) sums[r][h] = _mm512_dpbf16_ps(sums[r][h], weights[h], x);
    }
  }
  UNROLL for (int r = 0; r < count; r++) {
    UNROLL for (int h = 0; h < halves; h++) {
      _mm512_mask_storeu_ps(values + r * target->stride + h * lanes, lanes_below(target->columns, h), sums[r][h]);
    }
  }
}

static void product_pairs(const uint16_t *a, int64_t a_stride, const uint16_t *b, int64_t depth, int64_t rows,
                          const stored_target *target) {
  int64_t r = 0;
#define ROWS(count)                                                                                              \
  for (; r + count <= rows; r += count)                                                                          \
    product_rows(count, a + r * a_stride, a_stride, b, depth, target->values + r * target->stride, target);
  ROWS(8)
  ROWS(4)
  ROWS(2)
  ROWS(1)
#undef ROWS
}

const stored_bf16_kernels stored_bf16_avx512 = {narrow, transpose_pairs, join, product_pairs};
const stored_bf16_kernels stored_bf16_amx = {narrow, transpose_pairs, join, stored_product_amx};

#pragma clang attribute pop

#endif

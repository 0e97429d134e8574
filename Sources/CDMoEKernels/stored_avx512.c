#include "stored_kernels.h"

#if defined(__x86_64__)

#include <immintrin.h>

#pragma clang attribute push(__attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,avx512cd,avx512vnni,fma,f16c"))), \
                             apply_to = function)

#define STORED_WIDTH 64
#include "stored_float.h"
#include "stored_unpack.h"

// Four rows times two registers of sixteen outputs: sums and dots fill half of the registers, and a weight that is loaded
// serves four rows.
enum { most_rows = 6, halves = DMOE_STORED_TILE / lanes };

typedef struct {
  const int8_t *quants;
  const float *scales;
  const int32_t *corrections;
} row_place;

ALWAYS_INLINE __m512i four_bytes(const int8_t *source) {
  int32_t bytes;
  memcpy(&bytes, source, sizeof bytes);
  return _mm512_set1_epi32(bytes);
}

// The dots of `steps` steps of four inputs, beginning with the group's correction where that is an integer.
ALWAYS_INLINE void dots_of_group(int count, int steps, bool minima, const uint8_t *weights, const row_place *rows,
                                 int64_t group, int64_t at, __m512i dots[most_rows][halves]) {
  UNROLL for (int r = 0; r < count; r++) {
    const __m512i first = minima ? _mm512_setzero_si512() : _mm512_set1_epi32(rows[r].corrections[group]);
    UNROLL for (int h = 0; h < halves; h++) dots[r][h] = first;
  }
  UNROLL for (int j = 0; j < steps; j++) {
    __m512i w[halves];
    UNROLL for (int h = 0; h < halves; h++) w[h] = _mm512_load_si512(weights + j * DMOE_STORED_TILE * 4 + h * 64);
    UNROLL for (int r = 0; r < count; r++) {
      const __m512i x = four_bytes(rows[r].quants + at + 4 * j);
      UNROLL for (int h = 0; h < halves; h++) dots[r][h] = _mm512_dpbusd_epi32(dots[r][h], w[h], x);
    }
  }
}

ALWAYS_INLINE void multiply_rows(int count, int group, bool minima, const stored_tile *tile, int64_t blocks,
                                 const row_place *rows, __m512 y[most_rows][halves]) {
  const int groups = 32 / group, steps = group / 4;
  for (int64_t b = 0; b < blocks; b++) {
    __m512 t[most_rows][halves];
    UNROLL for (int g = 0; g < groups; g++) {
      const int64_t place = b * groups + g;
      __m512i dots[most_rows][halves];
      dots_of_group(count, steps, minima, tile->quants + place * steps * DMOE_STORED_TILE * 4, rows, place,
                    32 * b + group * g, dots);
      UNROLL for (int h = 0; h < halves; h++) {
        const __m512 scale = _mm512_load_ps(tile->scales + place * DMOE_STORED_TILE + h * lanes);
        UNROLL for (int r = 0; r < count; r++) {
          const __m512 dot = _mm512_cvtepi32_ps(dots[r][h]);
          t[r][h] = g == 0 ? _mm512_mul_ps(dot, scale) : _mm512_fmadd_ps(dot, scale, t[r][h]);
        }
        if (!minima) continue;
        const __m512 minimum = _mm512_load_ps(tile->minima + place * DMOE_STORED_TILE + h * lanes);
        UNROLL for (int r = 0; r < count; r++) {
          const __m512 sum = _mm512_castsi512_ps(_mm512_set1_epi32(rows[r].corrections[place]));
          t[r][h] = _mm512_fmadd_ps(minimum, sum, t[r][h]);
        }
      }
    }
    UNROLL for (int r = 0; r < count; r++) {
      const __m512 scale = _mm512_set1_ps(rows[r].scales[b]);
      UNROLL for (int h = 0; h < halves; h++) y[r][h] = _mm512_fmadd_ps(t[r][h], scale, y[r][h]);
    }
  }
}

ALWAYS_INLINE __mmask16 lanes_below(int64_t columns, int half) {
  const int64_t left = columns - half * lanes;
  return left >= lanes ? 0xFFFF : left <= 0 ? 0 : (__mmask16)((1u << left) - 1);
}

ALWAYS_INLINE void multiply_some(int count, int group, bool minima, const stored_tile *tile, int64_t blocks,
                                 const stored_rows *all, int64_t first, const stored_target *target) {
  row_place rows[most_rows];
  __m512 y[most_rows][halves];
  UNROLL for (int r = 0; r < count; r++) {
    rows[r].quants = all->quants + (first + r) * all->stride;
    rows[r].scales = (const float *)((const uint8_t *)all->scales + (first + r) * all->stride);
    rows[r].corrections = all->corrections + (first + r) * all->correction_stride;
    const float *values = target->values + (first + r) * target->stride;
    UNROLL for (int h = 0; h < halves; h++) {
      const __mmask16 there = target->begins ? 0 : lanes_below(target->columns, h);
      y[r][h] = _mm512_maskz_loadu_ps(there, values + h * lanes);
    }
  }
  multiply_rows(count, group, minima, tile, blocks, rows, y);
  UNROLL for (int r = 0; r < count; r++) {
    float *values = target->values + (first + r) * target->stride;
    UNROLL for (int h = 0; h < halves; h++) {
      _mm512_mask_storeu_ps(values + h * lanes, lanes_below(target->columns, h), y[r][h]);
    }
  }
}

ALWAYS_INLINE void multiply_all(int group, bool minima, const stored_tile *tile, int64_t blocks,
                                const stored_rows *rows, const stored_target *target) {
  int64_t r = 0;
  for (; r + 6 <= rows->rows; r += 6) multiply_some(6, group, minima, tile, blocks, rows, r, target);
  switch (rows->rows - r) {
    case 5: return multiply_some(5, group, minima, tile, blocks, rows, r, target);
    case 4: return multiply_some(4, group, minima, tile, blocks, rows, r, target);
    case 3: return multiply_some(3, group, minima, tile, blocks, rows, r, target);
    case 2: return multiply_some(2, group, minima, tile, blocks, rows, r, target);
    case 1: return multiply_some(1, group, minima, tile, blocks, rows, r, target);
    default: return;
  }
}

static void multiply(const stored_traits *traits, const stored_tile *tile, int64_t blocks, const stored_rows *rows,
                     const stored_target *target) {
  if (traits->group == 32) {
    if (traits->minima) multiply_all(32, true, tile, blocks, rows, target);
    else multiply_all(32, false, tile, blocks, rows, target);
  } else {
    if (traits->minima) multiply_all(16, true, tile, blocks, rows, target);
    else multiply_all(16, false, tile, blocks, rows, target);
  }
}

const stored_kernels stored_kernels_avx512 = {unpack, multiply, widen, transpose, product};

#pragma clang attribute pop

#endif

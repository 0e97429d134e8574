#include "stored_kernels.h"

#if defined(__x86_64__)

#include <immintrin.h>

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)

#define STORED_WIDTH 32
#include "stored_float.h"
#include "stored_panel.h"
#include "stored_unpack.h"

// Four rows times one register of eight outputs. Products of bytes are added in pairs to 16 bits, which saturate: only
// as many steps are added there as stay exact, and bytes above 63 are multiplied by their magnitude, the sign moved to
// the activation (128 * 127 * 2 fits).

enum { most_rows = 4, width = 8, registers = DMOE_STORED_TILE / width };

/// Rows next to each other in the same sixteen.
typedef struct {
  const int8_t *quants;
  int64_t stride;
  const float *scales;
  const int32_t *corrections;
} row_places;

/// What of a format makes the code: known when it is compiled.
typedef struct {
  int group;
  bool minima;
  // Steps that are added in 16 bits; 0: by magnitude and sign.
  int narrow_steps;
} kind;

ALWAYS_INLINE __m256i four_bytes(const int8_t *source) {
  int32_t bytes;
  memcpy(&bytes, source, sizeof bytes);
  return _mm256_set1_epi32(bytes);
}

ALWAYS_INLINE __m256i pair_products(kind kind, __m256i weights, __m256i x) {
  if (kind.narrow_steps > 0) return _mm256_maddubs_epi16(weights, x);
  return _mm256_maddubs_epi16(_mm256_abs_epi8(weights), _mm256_sign_epi8(x, weights));
}

ALWAYS_INLINE void dots_of_group(kind kind, int count, const uint8_t *weights, const row_places *rows, int64_t group,
                                 int64_t at, __m256i dots[most_rows]) {
  const int steps = kind.group / 4, narrow = kind.narrow_steps > 0 ? kind.narrow_steps : 1;
  UNROLL for (int r = 0; r < count; r++) {
    // Signed bytes have no offset, and minima stand for one.
    const bool begins = kind.minima || kind.narrow_steps == 0;
    dots[r] = begins ? _mm256_setzero_si256() : _mm256_set1_epi32(rows->corrections[group * 16 + r]);
  }
  UNROLL for (int first = 0; first < steps; first += narrow) {
    __m256i pairs[most_rows];
    UNROLL for (int j = first; j < first + narrow; j++) {
      __m256i w = _mm256_load_si256((const __m256i *)(weights + j * DMOE_STORED_TILE * 4));
      if (kind.narrow_steps == 0) w = _mm256_xor_si256(w, _mm256_set1_epi8(-128));
      UNROLL for (int r = 0; r < count; r++) {
        const __m256i products = pair_products(kind, w, four_bytes(rows->quants + r * rows->stride + at + 4 * j));
        pairs[r] = j == first ? products : _mm256_add_epi16(pairs[r], products);
      }
    }
    UNROLL for (int r = 0; r < count; r++) {
      dots[r] = _mm256_add_epi32(dots[r], _mm256_madd_epi16(pairs[r], _mm256_set1_epi16(1)));
    }
  }
}

ALWAYS_INLINE void multiply_register(kind kind, int count, const stored_tile *tile, int64_t blocks, int64_t at,
                                     const row_places *rows, float (*y)[DMOE_STORED_TILE]) {
  const int groups = 32 / kind.group;
  for (int64_t b = 0; b < blocks; b++) {
    __m256 t[most_rows];
    UNROLL for (int g = 0; g < groups; g++) {
      const int64_t place = b * groups + g;
      __m256i dots[most_rows];
      dots_of_group(kind, count, tile->quants + (place * kind.group * DMOE_STORED_TILE + 4 * at), rows, place,
                    32 * b + kind.group * g, dots);
      const __m256 scale = _mm256_load_ps(tile->scales + place * DMOE_STORED_TILE + at);
      UNROLL for (int r = 0; r < count; r++) {
        const __m256 dot = _mm256_cvtepi32_ps(dots[r]);
        t[r] = g == 0 ? _mm256_mul_ps(dot, scale) : _mm256_fmadd_ps(dot, scale, t[r]);
      }
      if (!kind.minima) continue;
      const __m256 minimum = _mm256_load_ps(tile->minima + place * DMOE_STORED_TILE + at);
      UNROLL for (int r = 0; r < count; r++) {
        const __m256 sum = _mm256_castsi256_ps(_mm256_set1_epi32(rows->corrections[place * 16 + r]));
        t[r] = _mm256_fmadd_ps(minimum, sum, t[r]);
      }
    }
    UNROLL for (int r = 0; r < count; r++) {
      const __m256 scale = _mm256_set1_ps(rows->scales[b * 16 + r]);
      _mm256_store_ps(&y[r][at], _mm256_fmadd_ps(t[r], scale, _mm256_load_ps(&y[r][at])));
    }
  }
}

ALWAYS_INLINE void multiply_some(kind kind, int count, const stored_tile *tile, int64_t blocks, const stored_rows *all,
                                 int64_t first, const stored_target *target) {
  const row_places rows = {all->quants + first * all->stride, all->stride, stored_row_scales(all, first),
                           stored_row_corrections(all, first)};
  _Alignas(32) float y[most_rows][DMOE_STORED_TILE] = {};
  const size_t bytes = (size_t)target->columns * sizeof(float);
  for (int r = 0; r < count; r++) {
    if (!target->begins) memcpy(y[r], target->values + (first + r) * target->stride, bytes);
  }
  for (int64_t at = 0; at < target->columns; at += width) {
    multiply_register(kind, count, tile, blocks, at, &rows, y);
  }
  for (int r = 0; r < count; r++) memcpy(target->values + (first + r) * target->stride, y[r], bytes);
}

ALWAYS_INLINE void multiply_all(kind kind, const stored_tile *tile, int64_t blocks, const stored_rows *rows,
                                const stored_target *target) {
  int64_t r = 0;
  for (; r + most_rows <= rows->rows; r += most_rows) {
    multiply_some(kind, most_rows, tile, blocks, rows, r, target);
  }
  for (; r < rows->rows; r++) multiply_some(kind, 1, tile, blocks, rows, r, target);
}

static void multiply(const stored_traits *traits, const stored_tile *tile, int64_t blocks, const stored_rows *rows,
                     const stored_target *target) {
#define KIND(group, minima, narrow_steps) multiply_all((kind){group, minima, narrow_steps}, tile, blocks, rows, target)
  if (traits->group == 32) {
    switch (traits->largest) {
      case 15: return traits->minima ? KIND(32, true, 8) : KIND(32, false, 8);
      case 31: return traits->minima ? KIND(32, true, 4) : KIND(32, false, 4);
      default: return KIND(32, false, 0);
    }
  }
  switch (traits->largest) {
    case 3: return KIND(16, true, 4);
    case 7: return KIND(16, false, 4);
    default: return KIND(16, false, 2);
  }
#undef KIND
}

const stored_kernels stored_kernels_avx2 = {prepare, unpack, multiply, widen, transpose, product};

#pragma clang attribute pop

#endif

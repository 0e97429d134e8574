#include "stored_kernels.h"

#define STORED_WIDTH 16
#include "stored_float.h"
#include "stored_unpack.h"

// One row times the outputs of a tile: the compiler's vectors, whatever they are.

ALWAYS_INLINE void dots_of_group(int steps, const uint8_t *weights, const int8_t *quants, int32_t first,
                                 int32_t dots[DMOE_STORED_TILE]) {
  for (int o = 0; o < DMOE_STORED_TILE; o++) dots[o] = first;
  for (int j = 0; j < steps; j++) {
    const uint8_t *step = weights + j * DMOE_STORED_TILE * 4;
    for (int o = 0; o < DMOE_STORED_TILE; o++) {
      for (int i = 0; i < 4; i++) dots[o] += step[4 * o + i] * quants[4 * j + i];
    }
  }
}

static void multiply_block(const stored_traits *traits, const stored_tile *tile, int64_t block, const int8_t *quants,
                           const int32_t *corrections, float t[DMOE_STORED_TILE]) {
  const int groups = 32 / traits->group, steps = traits->group / 4;
  for (int g = 0; g < groups; g++) {
    const int64_t place = block * groups + g;
    const float *scales = tile->scales + place * DMOE_STORED_TILE;
    int32_t dots[DMOE_STORED_TILE];
    dots_of_group(steps, tile->quants + place * steps * DMOE_STORED_TILE * 4,
                  quants + 32 * block + traits->group * g, traits->minima ? 0 : corrections[place], dots);
    for (int o = 0; o < DMOE_STORED_TILE; o++) {
      const float dot = (float)dots[o];
      t[o] = g == 0 ? scales[o] * dot : __builtin_fmaf(scales[o], dot, t[o]);
    }
    if (!traits->minima) continue;
    const float *minima = tile->minima + place * DMOE_STORED_TILE;
    float sum;
    memcpy(&sum, corrections + place, sizeof sum);
    for (int o = 0; o < DMOE_STORED_TILE; o++) t[o] = __builtin_fmaf(minima[o], sum, t[o]);
  }
}

static void multiply(const stored_traits *traits, const stored_tile *tile, int64_t blocks, const stored_rows *rows,
                     const stored_target *target) {
  for (int64_t r = 0; r < rows->rows; r++) {
    const int8_t *quants = rows->quants + r * rows->stride;
    const float *scales = (const float *)((const uint8_t *)rows->scales + r * rows->stride);
    const int32_t *corrections = rows->corrections + r * rows->correction_stride;
    float *values = target->values + r * target->stride;
    float y[DMOE_STORED_TILE] = {}, t[DMOE_STORED_TILE];
    for (int64_t o = 0; o < target->columns && !target->begins; o++) y[o] = values[o];
    for (int64_t b = 0; b < blocks; b++) {
      multiply_block(traits, tile, b, quants, corrections, t);
      for (int o = 0; o < DMOE_STORED_TILE; o++) y[o] = __builtin_fmaf(t[o], scales[b], y[o]);
    }
    for (int64_t o = 0; o < target->columns; o++) values[o] = y[o];
  }
}

const stored_kernels stored_kernels_plain = {unpack, multiply, widen, transpose, product};

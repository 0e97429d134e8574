#include "dmoe_precision.h"
#include "dmoe_clones.h"

#include <string.h>

DMOE_CLONES
void dmoe_narrow_bf16(const float *restrict x, uint16_t *restrict y, int64_t count) {
  for (int64_t i = 0; i < count; i++) {
    uint32_t bits;
    memcpy(&bits, x + i, sizeof bits);
    const uint32_t rounded = (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
    // Rounding must not turn what is not a number into infinity.
    y[i] = (uint16_t)((bits & 0x7fffffff) > 0x7f800000 ? (bits >> 16) | 0x40 : rounded);
  }
}

// A float's bits; reads memory that holds floats.
typedef uint32_t __attribute__((may_alias)) bits_t;

// The largest magnitude; larger than all numbers if one of them is not a number. A maximum of integers, which the compiler
// may take in any order, and so in vectors.
static inline __attribute__((always_inline)) float largest(const float *restrict x, int64_t count) {
  const bits_t *restrict all = (const bits_t *)x;
  uint32_t top = 0;
  for (int64_t i = 0; i < count; i++) {
    const uint32_t bits = all[i] & 0x7fffffff;
    top = bits > top ? bits : top;
  }
  float result;
  memcpy(&result, &top, sizeof result);
  return result;
}

// Adding 1.5 * 2^23 rounds to the nearest integer, ties to even, and leaves it in the low bits.
static inline __attribute__((always_inline)) int32_t nearest(float x) {
  const float shifted = x + 12582912.0f;
  int32_t bits;
  memcpy(&bits, &shifted, sizeof bits);
  return bits - 0x4b400000;
}

DMOE_CLONES
void dmoe_quantize_weights(const float *restrict x, int8_t *restrict y, float *restrict scales,
                           int32_t *restrict sums, int64_t rows, int64_t columns) {
  for (int64_t r = 0; r < rows; r++) {
    const float *xr = x + r * columns;
    const float top = largest(xr, columns);
    const float inverse = top > 0 ? 127.0f / top : 0;
    int32_t sum = 0;
    for (int64_t c = 0; c < columns; c++) {
      const int32_t q = nearest(xr[c] * inverse);
      y[r * columns + c] = (int8_t)q;
      sum += q;
    }
    scales[r] = top / 127.0f;
    sums[r] = sum;
  }
}

DMOE_CLONES
void dmoe_dequantize_weights(const int8_t *restrict y, const float *restrict scales, float *restrict x, int64_t rows,
                             int64_t columns) {
  for (int64_t r = 0; r < rows; r++)
    for (int64_t c = 0; c < columns; c++) x[r * columns + c] = (float)y[r * columns + c] * scales[r];
}

DMOE_CLONES
void dmoe_quantize_rows(const float *restrict x, uint8_t *restrict y, float *restrict scales, int64_t rows,
                        int64_t columns) {
  for (int64_t r = 0; r < rows; r++) {
    const float *xr = x + r * columns;
    const float top = largest(xr, columns);
    const float inverse = top > 0 ? 127.0f / top : 0;
    for (int64_t c = 0; c < columns; c++) y[r * columns + c] = (uint8_t)(nearest(xr[c] * inverse) + 128);
    scales[r] = top / 127.0f;
  }
}

DMOE_CLONES
int64_t dmoe_find_peaked_rows(const float *restrict x, const float *restrict scales, int64_t rows, int64_t columns,
                              float ratio, int32_t *restrict found) {
  int64_t count = 0;
  for (int64_t r = 0; r < rows; r++) {
    const float *xr = x + r * columns;
    float parts[16] = {0}, squares = 0;
    int64_t c = 0;
    for (; c + 16 <= columns; c += 16)
      for (int j = 0; j < 16; j++) parts[j] += xr[c + j] * xr[c + j];
    for (; c < columns; c++) squares += xr[c] * xr[c];
    for (int j = 0; j < 16; j++) squares += parts[j];
    const float top = scales[r] * 127.0f;
    if (top * top * (float)columns > ratio * ratio * squares) found[count++] = (int32_t)r;
  }
  return count;
}

DMOE_CLONES
void dmoe_quantize_remainders(const float *restrict x, const uint8_t *restrict y, const float *restrict scales,
                              const int32_t *restrict chosen, int64_t count, int64_t columns, uint8_t *restrict z) {
  for (int64_t i = 0; i < count; i++) {
    const float scale = scales[chosen[i]], inverse = scale > 0 ? 254.0f / scale : 0;
    const float *xr = x + chosen[i] * columns;
    const uint8_t *yr = y + chosen[i] * columns;
    for (int64_t c = 0; c < columns; c++)
      z[i * columns + c] = (uint8_t)(nearest((xr[c] - scale * (float)((int32_t)yr[c] - 128)) * inverse) + 128);
  }
}

DMOE_CLONES
void dmoe_scale_product(const int32_t *restrict sums, const float *restrict row_scales,
                        const float *restrict weight_scales, const int32_t *restrict weight_sums, float *restrict y,
                        int64_t rows, int64_t outputs) {
  for (int64_t r = 0; r < rows; r++) {
    const float scale = row_scales[r];
    for (int64_t c = 0; c < outputs; c++)
      y[r * outputs + c] = (float)(sums[r * outputs + c] - 128 * weight_sums[c]) * (scale * weight_scales[c]);
  }
}

DMOE_CLONES
void dmoe_add_remainder_product(const int32_t *restrict sums, const float *restrict row_scales,
                                const int32_t *restrict chosen, const float *restrict weight_scales,
                                const int32_t *restrict weight_sums, float *restrict y, int64_t count,
                                int64_t outputs) {
  for (int64_t i = 0; i < count; i++) {
    const float scale = row_scales[chosen[i]] / 254.0f;
    float *yr = y + chosen[i] * outputs;
    for (int64_t c = 0; c < outputs; c++)
      yr[c] += (float)(sums[i * outputs + c] - 128 * weight_sums[c]) * (scale * weight_scales[c]);
  }
}

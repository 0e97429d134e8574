// Rows of activations to bytes, in blocks of 32 with a scale each.
#include <math.h>
#include <string.h>

#include "dmoe_clones.h"
#include "dmoe_stored.h"

#pragma STDC FP_CONTRACT OFF

// A row is [inputs] bytes, [inputs / 32] scales, [inputs / 16] sums of bytes; the next begins at a multiple of 64.
size_t dmoe_stored_row_bytes(int64_t inputs) {
  return (size_t)(inputs + inputs / 32 * (int64_t)sizeof(float) + inputs / 16 * (int64_t)sizeof(int16_t) + 63) / 64 * 64;
}

static inline __attribute__((always_inline)) float quantize_block(const float *restrict x, int8_t *restrict quants,
                                                                  int16_t *restrict sums) {
  float parts[16];
  for (int i = 0; i < 16; i++) {
    const float a = __builtin_fabsf(x[i]), b = __builtin_fabsf(x[i + 16]);
    // Written so that what is not a number wins over any number.
    parts[i] = a > b || a != a ? a : b;
  }
  for (int half = 8; half > 0; half /= 2) {
    for (int i = 0; i < half; i++) {
      parts[i] = parts[i] > parts[i + half] || parts[i] != parts[i] ? parts[i] : parts[i + half];
    }
  }
  const float top = parts[0];
  const bool finite = top <= 0x1.fffffep127f, zero = top < 0x1p-118f;
  const float inverse = zero || !finite ? 0 : 127.0f / top;
  for (int i = 0; i < 32; i++) {
    // 1.5 * 2^23: adding it rounds to an integer, ties to even. What is not finite becomes 0 here.
    const float shift = 12582912.0f, scaled = finite ? x[i] * inverse : 0;
    quants[i] = (int8_t)(int32_t)((scaled + shift) - shift);
  }
  for (int half = 0; half < 2; half++) {
    int32_t sum = 0;
    for (int i = 0; i < 16; i++) sum += quants[16 * half + i];
    sums[half] = (int16_t)sum;
  }
  return finite ? zero ? 0 : top / 127.0f : NAN;
}

DMOE_CLONES
void dmoe_stored_quantize_rows(const float *x, int64_t ldx, int64_t rows, int64_t inputs, void *target) {
  const size_t stride = dmoe_stored_row_bytes(inputs);
  for (int64_t r = 0; r < rows; r++) {
    int8_t *quants = (int8_t *)target + (size_t)r * stride;
    float *scales = (float *)(quants + inputs);
    int16_t *sums = (int16_t *)(scales + inputs / 32);
    for (int64_t b = 0; b < inputs / 32; b++) {
      scales[b] = quantize_block(x + r * ldx + 32 * b, quants + 32 * b, sums + 2 * b);
    }
  }
}

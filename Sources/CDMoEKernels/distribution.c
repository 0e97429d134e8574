#include "dmoe_distribution.h"
#include "dmoe_clones.h"
#include <math.h>

// exp(x) for x <= 0, for vector loops: x = n ln 2 + r, a polynomial in r, n put into the exponent. Relative error below
// 2e-7; 0 where the exponential is below the smallest normal number.
static inline __attribute__((always_inline)) float falling_exp(float x) {
  const float low = -87.0f;
  float y = x < low ? low : x;
  const float shift = 12582912.0f;  // 1.5 * 2^23: adding it rounds to an integer on every instruction set
  float n = (y * 1.44269504088896341f + shift) - shift;
  float r = y - n * 0.693359375f;
  r = r + n * 2.12194440e-4f;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * (r * r) + (r + 1.0f);
  union {
    int32_t i;
    float f;
  } power = {((int32_t)n + 127) << 23};
  return x < low ? 0.0f : p * power.f;
}

DMOE_CLONES
float dmoe_largest(const float *restrict x, int64_t count) {
  float tops[16];
  int32_t odd[16] = {0};
  for (int j = 0; j < 16; j++) tops[j] = x[0];
  int64_t i = 0;
  for (; i + 16 <= count; i += 16)
    for (int j = 0; j < 16; j++) {
      float v = x[i + j];
      tops[j] = v > tops[j] ? v : tops[j];
      odd[j] |= v != v;
    }
  float top = x[0];
  int32_t is_odd = 0;
  for (int j = 0; j < 16; j++) {
    top = tops[j] > top ? tops[j] : top;
    is_odd |= odd[j];
  }
  for (; i < count; i++) {
    top = x[i] > top ? x[i] : top;
    is_odd |= x[i] != x[i];
  }
  return is_odd ? NAN : top;
}

DMOE_CLONES
double dmoe_exponentials(const float *restrict x, float top, float scale, float *restrict e, double *restrict sums, int64_t count) {
  double all = 0;
  for (int64_t start = 0; start < count; start += DMOE_DISTRIBUTION_CHUNK) {
    int64_t end = start + DMOE_DISTRIBUTION_CHUNK < count ? start + DMOE_DISTRIBUTION_CHUNK : count;
    float lanes[16] = {0};
    int64_t i = start;
    for (; i + 16 <= end; i += 16)
      for (int j = 0; j < 16; j++) {
        float v = falling_exp((x[i + j] - top) * scale);
        e[i + j] = v;
        lanes[j] += v;
      }
    double sum = 0;
    for (int j = 0; j < 16; j++) sum += lanes[j];
    for (; i < end; i++) {
      e[i] = falling_exp((x[i] - top) * scale);
      sum += e[i];
    }
    sums[start / DMOE_DISTRIBUTION_CHUNK] = sum;
    all += sum;
  }
  return all;
}

DMOE_CLONES
double dmoe_weighted_logarithms(const float *restrict x, const float *restrict e, float top, float scale,
                                int64_t count) {
  double all = 0;
  for (int64_t start = 0; start < count; start += DMOE_DISTRIBUTION_CHUNK) {
    int64_t end = start + DMOE_DISTRIBUTION_CHUNK < count ? start + DMOE_DISTRIBUTION_CHUNK : count;
    float lanes[16] = {0};
    int64_t i = start;
    for (; i + 16 <= end; i += 16)
      for (int j = 0; j < 16; j++) lanes[j] += e[i + j] > 0 ? e[i + j] * ((x[i + j] - top) * scale) : 0.0f;
    double sum = 0;
    for (int j = 0; j < 16; j++) sum += lanes[j];
    for (; i < end; i++) sum += e[i] > 0 ? e[i] * ((x[i] - top) * scale) : 0.0f;
    all += sum;
  }
  return all;
}

DMOE_CLONES
void dmoe_distribution_backward(const float *restrict x, float top, float scale, float inverse_sum, float logarithm,
                                float own, float entropy, float h, float *restrict e, int64_t count) {
  for (int64_t i = 0; i < count; i++) {
    float p = e[i] * inverse_sum;
    float log_p = (x[i] - top) * scale - logarithm;
    e[i] = p > 0 ? (-own - entropy * (log_p + h)) * p * scale : 0.0f;
  }
}

#include "dmoe_distribution.h"
#include "dmoe_clones.h"
#include "exponential.h"
#include <math.h>

// exp(x) for x <= 0; 0 where the exponential is below the smallest normal number.
static inline __attribute__((always_inline)) float falling_exp(float x) { return x < -87.0f ? 0.0f : fast_exp(x); }

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

DMOE_CLONES
double dmoe_weighted_differences(const float *restrict x, const float *restrict e, float top, float scale,
                                 const float *restrict y, float y_top, float shift, int64_t count) {
  double all = 0;
  for (int64_t start = 0; start < count; start += DMOE_DISTRIBUTION_CHUNK) {
    int64_t end = start + DMOE_DISTRIBUTION_CHUNK < count ? start + DMOE_DISTRIBUTION_CHUNK : count;
    float lanes[16] = {0};
    int64_t i = start;
    for (; i + 16 <= end; i += 16)
      for (int j = 0; j < 16; j++) {
        float d = ((x[i + j] - top) - (y[i + j] - y_top)) * scale - shift;
        lanes[j] += e[i + j] > 0 ? e[i + j] * d : 0.0f;
      }
    double sum = 0;
    for (int j = 0; j < 16; j++) sum += lanes[j];
    for (; i < end; i++) {
      float d = ((x[i] - top) - (y[i] - y_top)) * scale - shift;
      sum += e[i] > 0 ? e[i] * d : 0.0f;
    }
    all += sum;
  }
  return all;
}

DMOE_CLONES
void dmoe_divergence_backward(const float *restrict x, const float *restrict e, float top, float scale,
                              float inverse_sum, float y_top, float shift, float own, float divergence,
                              float *restrict y, int64_t count) {
  for (int64_t i = 0; i < count; i++) {
    float p = e[i] * inverse_sum;
    float d = ((x[i] - top) - (y[i] - y_top)) * scale - shift;
    y[i] = p > 0 ? own * (d - divergence) * p * scale : 0.0f;
  }
}

#include "dmoe_pointwise.h"
#include "dmoe_clones.h"
#include "exponential.h"
#include <math.h>

// Without errno, so that it vectorizes.
static inline __attribute__((always_inline)) float root(float x) { return __builtin_elementwise_sqrt(x); }

DMOE_CLONES
void dmoe_rms_norm(const float *restrict x, const float *restrict weight, float eps, float *restrict y,
                   float *restrict inverse_rms, int64_t rows, int64_t columns) {
  for (int64_t r = 0; r < rows; r++) {
    const float *xr = x + r * columns;
    float *yr = y + r * columns;
    float sums[16] = {0};
    int64_t c = 0;
    for (; c + 16 <= columns; c += 16)
      for (int j = 0; j < 16; j++) sums[j] += xr[c + j] * xr[c + j];
    float sum = 0;
    for (int j = 0; j < 16; j++) sum += sums[j];
    for (; c < columns; c++) sum += xr[c] * xr[c];
    float inverse = 1.0f / root(sum / (float)columns + eps);
    inverse_rms[r] = inverse;
    for (c = 0; c < columns; c++) yr[c] = xr[c] * inverse * weight[c];
  }
}

DMOE_CLONES
void dmoe_rms_norm_backward(const float *restrict x, const float *restrict weight, const float *restrict inverse_rms,
                            const float *restrict dy, float *restrict dx, float *restrict dweight, int64_t rows,
                            int64_t columns) {
  for (int64_t r = 0; r < rows; r++) {
    const float *xr = x + r * columns;
    const float *dyr = dy + r * columns;
    float *dxr = dx + r * columns;
    float inverse = inverse_rms[r];
    float sums[16] = {0};
    int64_t c = 0;
    for (; c + 16 <= columns; c += 16)
      for (int j = 0; j < 16; j++) sums[j] += dyr[c + j] * weight[c + j] * xr[c + j];
    float sum = 0;
    for (int j = 0; j < 16; j++) sum += sums[j];
    for (; c < columns; c++) sum += dyr[c] * weight[c] * xr[c];
    float k = sum * inverse * inverse / (float)columns;
    for (c = 0; c < columns; c++) dxr[c] = inverse * (dyr[c] * weight[c] - xr[c] * k);
    if (dweight)
      for (c = 0; c < columns; c++) dweight[c] += dyr[c] * xr[c] * inverse;
  }
}

DMOE_CLONES
void dmoe_swiglu(const float *restrict gate, const float *restrict up, float *restrict y, int64_t count) {
  for (int64_t i = 0; i < count; i++) y[i] = gate[i] / (1.0f + fast_exp(-gate[i])) * up[i];
}

DMOE_CLONES
void dmoe_swiglu_backward(const float *restrict gate, const float *restrict up, const float *restrict dy,
                          float *restrict dgate, float *restrict dup, int64_t count) {
  for (int64_t i = 0; i < count; i++) {
    float g = gate[i];
    float s = 1.0f / (1.0f + fast_exp(-g));
    float silu = g * s;
    dup[i] = dy[i] * silu;
    dgate[i] = dy[i] * up[i] * (s + silu * (1.0f - s));
  }
}

// gelu(x) = x * share(x): the share is that of the normal distribution below x (Hendrycks and Gimpel, 1606.08415), or its
// approximation by a tanh, written as the sigmoid that it is.
static const float gelu_rate = 1.5957691216057308f;  // 2 * sqrt(2 / pi)
static const float gelu_cubic = 0.044715f;

static inline __attribute__((always_inline)) float tanh_share(float x) {
  return 1.0f / (1.0f + fast_exp(-gelu_rate * (x + gelu_cubic * x * x * x)));
}

static inline __attribute__((always_inline)) float normal_share(float x) {
  return 0.5f * erfcf(x * -0.70710678118654752f);
}

DMOE_CLONES
void dmoe_geglu_tanh(const float *restrict gate, const float *restrict up, float *restrict y, int64_t count) {
  for (int64_t i = 0; i < count; i++) y[i] = gate[i] * tanh_share(gate[i]) * up[i];
}

DMOE_CLONES
void dmoe_geglu_tanh_backward(const float *restrict gate, const float *restrict up, const float *restrict dy,
                              float *restrict dgate, float *restrict dup, int64_t count) {
  for (int64_t i = 0; i < count; i++) {
    float g = gate[i];
    float s = tanh_share(g);
    dup[i] = dy[i] * g * s;
    dgate[i] = dy[i] * up[i] * (s + g * s * (1.0f - s) * gelu_rate * (1.0f + 3.0f * gelu_cubic * g * g));
  }
}

DMOE_CLONES
void dmoe_geglu(const float *restrict gate, const float *restrict up, float *restrict y, int64_t count) {
  for (int64_t i = 0; i < count; i++) y[i] = gate[i] * normal_share(gate[i]) * up[i];
}

DMOE_CLONES
void dmoe_geglu_backward(const float *restrict gate, const float *restrict up, const float *restrict dy,
                         float *restrict dgate, float *restrict dup, int64_t count) {
  for (int64_t i = 0; i < count; i++) {
    float g = gate[i];
    float s = normal_share(g);
    dup[i] = dy[i] * g * s;
    // 1 / sqrt(2 pi)
    dgate[i] = dy[i] * up[i] * (s + g * 0.3989422804014327f * fast_exp(-0.5f * g * g));
  }
}

DMOE_CLONES
void dmoe_rotary(const float *restrict x, float *restrict y, const float *restrict cosines,
                 const float *restrict sines, const int32_t *restrict positions, float sign, int64_t rows,
                 int64_t heads, int64_t head_size, int64_t rotary_size) {
  int64_t half = rotary_size / 2;
  for (int64_t r = 0; r < rows; r++) {
    const float *c = cosines + (int64_t)positions[r] * half;
    const float *s = sines + (int64_t)positions[r] * half;
    for (int64_t h = 0; h < heads; h++) {
      int64_t at = (r * heads + h) * head_size;
      const float *low = x + at, *high = low + half;
      float *yl = y + at, *yh = yl + half;
      for (int64_t i = 0; i < half; i++) {
        float a = low[i], b = high[i], sine = sign * s[i];
        yl[i] = a * c[i] - b * sine;
        yh[i] = b * c[i] + a * sine;
      }
      for (int64_t i = rotary_size; i < head_size; i++) yl[i] = low[i];
    }
  }
}

DMOE_CLONES
void dmoe_softmax(float *restrict row, int64_t count) {
  // A row of nothing has no first number.
  if (count <= 0) return;
  float top = row[0];
  float tops[16];
  int64_t c = 0;
  if (count >= 16) {
    for (int j = 0; j < 16; j++) tops[j] = row[j];
    for (c = 16; c + 16 <= count; c += 16)
      for (int j = 0; j < 16; j++) tops[j] = row[c + j] > tops[j] ? row[c + j] : tops[j];
    for (int j = 0; j < 16; j++) top = tops[j] > top ? tops[j] : top;
  }
  for (; c < count; c++) top = row[c] > top ? row[c] : top;
  float sums[16] = {0};
  for (c = 0; c + 16 <= count; c += 16)
    for (int j = 0; j < 16; j++) {
      float e = fast_exp(row[c + j] - top);
      row[c + j] = e;
      sums[j] += e;
    }
  float sum = 0;
  for (int j = 0; j < 16; j++) sum += sums[j];
  for (; c < count; c++) {
    row[c] = fast_exp(row[c] - top);
    sum += row[c];
  }
  float inverse = 1.0f / sum;
  for (c = 0; c < count; c++) row[c] *= inverse;
}

DMOE_CLONES
void dmoe_add(const float *restrict a, const float *restrict b, float *restrict y, int64_t count) {
  for (int64_t i = 0; i < count; i++) y[i] = a[i] + b[i];
}

DMOE_CLONES
void dmoe_axpy(float scale, const float *restrict x, float *restrict y, int64_t count) {
  for (int64_t i = 0; i < count; i++) y[i] += scale * x[i];
}

DMOE_CLONES
double dmoe_sum_of_squares(const float *restrict x, int64_t count) {
  double sums[8] = {0};
  int64_t i = 0;
  for (; i + 8 <= count; i += 8)
    for (int j = 0; j < 8; j++) sums[j] += (double)x[i + j] * (double)x[i + j];
  double sum = 0;
  for (int j = 0; j < 8; j++) sum += sums[j];
  for (; i < count; i++) sum += (double)x[i] * (double)x[i];
  return sum;
}

DMOE_CLONES
void dmoe_adam(float *restrict parameter, const float *restrict gradient, float *restrict first,
               float *restrict second, float rate, float beta1, float beta2, float eps, float decay,
               float correction1, float correction2, float gradient_scale, int64_t count) {
  float scale = 1.0f / root(correction2);
  for (int64_t i = 0; i < count; i++) {
    float g = gradient[i] * gradient_scale;
    float m = beta1 * first[i] + (1.0f - beta1) * g;
    float v = beta2 * second[i] + (1.0f - beta2) * g * g;
    first[i] = m;
    second[i] = v;
    float p = parameter[i] - rate * decay * parameter[i];
    parameter[i] = p - rate / correction1 * m / (root(v) * scale + eps);
  }
}

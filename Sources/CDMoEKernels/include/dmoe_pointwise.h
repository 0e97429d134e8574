// Pointwise and row-wise loops, forward above backward. Matrices are row-major; backward functions write
// their outputs unless a comment says that they add.
#ifndef DMOE_POINTWISE_H
#define DMOE_POINTWISE_H

#include <stdint.h>

/// y = x / rms(x) * weight by row; inverse_rms[rows] is kept for the backward pass.
void dmoe_rms_norm(const float *x, const float *weight, float eps, float *y, float *inverse_rms, int64_t rows,
                   int64_t columns);
/// dx from dy; adds to dweight unless it is null.
void dmoe_rms_norm_backward(const float *x, const float *weight, const float *inverse_rms, const float *dy, float *dx,
                            float *dweight, int64_t rows, int64_t columns);

/// y = silu(gate) * up.
void dmoe_swiglu(const float *gate, const float *up, float *y, int64_t count);
void dmoe_swiglu_backward(const float *gate, const float *up, const float *dy, float *dgate, float *dup,
                          int64_t count);

/// y = gelu(gate) * up, with gelu by the normal distribution, and with its approximation by a tanh.
void dmoe_geglu(const float *gate, const float *up, float *y, int64_t count);
void dmoe_geglu_backward(const float *gate, const float *up, const float *dy, float *dgate, float *dup,
                         int64_t count);
void dmoe_geglu_tanh(const float *gate, const float *up, float *y, int64_t count);
void dmoe_geglu_tanh_backward(const float *gate, const float *up, const float *dy, float *dgate, float *dup,
                              int64_t count);

/// y: the halves of the first rotary_size channels of every head of x rotated by the angles of its row, the other
/// channels as they are; sign -1 is the backward pass.
/// x, y: [rows, heads * head_size]; cosines and sines: [positions, rotary_size / 2]; positions: [rows].
void dmoe_rotary(const float *x, float *y, const float *cosines, const float *sines, const int32_t *positions,
                 float sign, int64_t rows, int64_t heads, int64_t head_size, int64_t rotary_size);

/// Exponentials of a row, normalized to a sum of 1, in its place.
void dmoe_softmax(float *row, int64_t count);

/// y = a + b.
void dmoe_add(const float *a, const float *b, float *y, int64_t count);

/// y += scale * x.
void dmoe_axpy(float scale, const float *x, float *y, int64_t count);

/// The sum of squares, in double.
double dmoe_sum_of_squares(const float *x, int64_t count);

/// One Adam step with decoupled weight decay; correction1 = 1 - beta1^t and correction2 = 1 - beta2^t.
void dmoe_adam(float *parameter, const float *gradient, float *first, float *second, float rate, float beta1,
               float beta2, float eps, float decay, float correction1, float correction2, float gradient_scale,
               int64_t count);

#endif

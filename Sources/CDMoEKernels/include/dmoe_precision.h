// Fewer bits: float to and from bf16, and to bytes with a scale a row.
#ifndef DMOE_PRECISION_H
#define DMOE_PRECISION_H

#include <stdint.h>

/// The nearest bf16 of every float, ties to even; what is not a number stays so.
void dmoe_narrow_bf16(const float *x, uint16_t *y, int64_t count);

/// Weights to bytes: scale = max|row| / 127, y = round(x / scale); sums[row] is the sum of the row's bytes.
void dmoe_quantize_weights(const float *x, int8_t *y, float *scales, int32_t *sums, int64_t rows, int64_t columns);
/// x = y * scale by row.
void dmoe_dequantize_weights(const int8_t *y, const float *scales, float *x, int64_t rows, int64_t columns);

/// Activations to bytes above 128: scale = max|row| / 127, y = round(x / scale) + 128. A row with a number that is not
/// finite gets a scale that is not finite either, so that it shows in the result.
void dmoe_quantize_rows(const float *x, uint8_t *y, float *scales, int64_t rows, int64_t columns);
/// The product of quantised rows [rows, outputs] to floats: (sum - 128 * weight sum) * row scale * weight scale.
void dmoe_scale_product(const int32_t *sums, const float *row_scales, const float *weight_scales,
                        const int32_t *weight_sums, float *y, int64_t rows, int64_t outputs);

#endif

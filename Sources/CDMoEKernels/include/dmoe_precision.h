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
/// The product of quantized rows [rows, outputs] to floats: (sum - 128 * weight sum) * row scale * weight scale.
void dmoe_scale_product(const int32_t *sums, const float *row_scales, const float *weight_scales,
                        const int32_t *weight_sums, float *y, int64_t rows, int64_t outputs);

/// The rows whose greatest number (127 of their `dmoe_quantize_rows` scale) is over `ratio` times their root mean square: a
/// byte is too coarse for the rest of such a row. Their indices in order; returns how many.
int64_t dmoe_find_peaked_rows(const float *x, const float *scales, int64_t rows, int64_t columns, float ratio,
                              int32_t *found);
/// What `dmoe_quantize_rows` left over of chosen rows, as bytes above 128 in steps of scale / 254.
void dmoe_quantize_remainders(const float *x, const uint8_t *y, const float *scales, const int32_t *chosen,
                              int64_t count, int64_t columns, uint8_t *z);
/// Adds the product of remainders [count, outputs] to the chosen rows of y.
void dmoe_add_remainder_product(const int32_t *sums, const float *row_scales, const int32_t *chosen,
                                const float *weight_scales, const int32_t *weight_sums, float *y, int64_t count,
                                int64_t outputs);

#endif

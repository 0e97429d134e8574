// Stored number formats to float. The block layouts are ggml's (ggml-common.h); every function writes
// count (plain formats) or blocks * 32 (Q4_0 .. Q8_0, IQ4_NL) or blocks * 256 (the K formats, IQ4_XS) floats.
// `source` needs no alignment. The results are the same bits on every CPU: products and sums are not fused.
#pragma once

#include <stdint.h>

void dmoe_dequantize_f64(const uint8_t *source, int64_t count, float *target);
void dmoe_dequantize_f16(const uint8_t *source, int64_t count, float *target);
void dmoe_dequantize_bf16(const uint8_t *source, int64_t count, float *target);

void dmoe_dequantize_q4_0(const uint8_t *source, int64_t blocks, float *target);
void dmoe_dequantize_q4_1(const uint8_t *source, int64_t blocks, float *target);
void dmoe_dequantize_q5_0(const uint8_t *source, int64_t blocks, float *target);
void dmoe_dequantize_q5_1(const uint8_t *source, int64_t blocks, float *target);
void dmoe_dequantize_q8_0(const uint8_t *source, int64_t blocks, float *target);

void dmoe_dequantize_q2_k(const uint8_t *source, int64_t blocks, float *target);
void dmoe_dequantize_q3_k(const uint8_t *source, int64_t blocks, float *target);
void dmoe_dequantize_q4_k(const uint8_t *source, int64_t blocks, float *target);
void dmoe_dequantize_q5_k(const uint8_t *source, int64_t blocks, float *target);
void dmoe_dequantize_q6_k(const uint8_t *source, int64_t blocks, float *target);

void dmoe_dequantize_iq4_nl(const uint8_t *source, int64_t blocks, float *target);
void dmoe_dequantize_iq4_xs(const uint8_t *source, int64_t blocks, float *target);

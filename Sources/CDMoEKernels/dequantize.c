#include "dmoe_dequantize.h"

#include <string.h>

#include "dmoe_clones.h"

// A fused multiply-add rounds once where two operations round twice: without this the loops would give other
// weights on a CPU with FMA than on one without.
#pragma STDC FP_CONTRACT OFF

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "weight files are little endian and read in place");

#define ALWAYS_INLINE static inline __attribute__((always_inline))

ALWAYS_INLINE float float_of_bits(uint32_t bits) {
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

ALWAYS_INLINE uint32_t bits_of_float(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  return bits;
}

// IEEE half to float by integer arithmetic, so that it vectorizes and needs neither F16C nor a runtime library.
ALWAYS_INLINE float float_of_half(uint16_t half) {
  const uint32_t wide = (uint32_t)half << 16;
  const uint32_t sign = wide & 0x80000000u;
  const uint32_t magnitude = wide + wide;
  // Normal, infinite, NaN: put exponent and fraction in place, then rescale (15 -> 127).
  const uint32_t normal = bits_of_float(float_of_bits((magnitude >> 4) + (0xE0u << 23)) * 0x1.0p-112f);
  // Subnormal: the fraction counts units of 2^-24; let the subtraction normalize it.
  const uint32_t subnormal = bits_of_float(float_of_bits((magnitude >> 17) | (126u << 23)) - 0.5f);
  return float_of_bits(sign | (magnitude < (1u << 27) ? subnormal : normal));
}

ALWAYS_INLINE float half_at(const uint8_t *source) {
  uint16_t half;
  memcpy(&half, source, sizeof half);
  return float_of_half(half);
}

// Plain formats

DMOE_CLONES void dmoe_dequantize_f64(const uint8_t *restrict source, int64_t count, float *restrict target) {
  for (int64_t i = 0; i < count; i++) {
    double value;
    memcpy(&value, source + 8 * i, sizeof value);
    target[i] = (float)value;
  }
}

DMOE_CLONES void dmoe_dequantize_f16(const uint8_t *restrict source, int64_t count, float *restrict target) {
  for (int64_t i = 0; i < count; i++) target[i] = half_at(source + 2 * i);
}

DMOE_CLONES void dmoe_dequantize_bf16(const uint8_t *restrict source, int64_t count, float *restrict target) {
  for (int64_t i = 0; i < count; i++) {
    uint16_t high;
    memcpy(&high, source + 2 * i, sizeof high);
    target[i] = float_of_bits((uint32_t)high << 16);
  }
}

// Blocks of 32: scale (half), for _1 also minimum (half), for 5 bits the fifth bits, then the quants.
// The low nibbles are elements 0 ... 15, the high ones 16 ... 31.

DMOE_CLONES void dmoe_dequantize_q4_0(const uint8_t *restrict source, int64_t blocks, float *restrict target) {
  for (int64_t b = 0; b < blocks; b++, source += 18, target += 32) {
    const float scale = half_at(source);
    const uint8_t *quants = source + 2;
    for (int j = 0; j < 16; j++) {
      target[j] = scale * (float)((quants[j] & 15) - 8);
      target[j + 16] = scale * (float)((quants[j] >> 4) - 8);
    }
  }
}

DMOE_CLONES void dmoe_dequantize_q4_1(const uint8_t *restrict source, int64_t blocks, float *restrict target) {
  for (int64_t b = 0; b < blocks; b++, source += 20, target += 32) {
    const float scale = half_at(source);
    const float minimum = half_at(source + 2);
    const uint8_t *quants = source + 4;
    for (int j = 0; j < 16; j++) {
      target[j] = scale * (float)(quants[j] & 15) + minimum;
      target[j + 16] = scale * (float)(quants[j] >> 4) + minimum;
    }
  }
}

DMOE_CLONES void dmoe_dequantize_q5_0(const uint8_t *restrict source, int64_t blocks, float *restrict target) {
  for (int64_t b = 0; b < blocks; b++, source += 22, target += 32) {
    const float scale = half_at(source);
    uint32_t fifth;
    memcpy(&fifth, source + 2, sizeof fifth);
    const uint8_t *quants = source + 6;
    for (int j = 0; j < 16; j++) {
      const int low = (quants[j] & 15) | (int)(((fifth >> j) & 1) << 4);
      const int high = (quants[j] >> 4) | (int)(((fifth >> (j + 16)) & 1) << 4);
      target[j] = scale * (float)(low - 16);
      target[j + 16] = scale * (float)(high - 16);
    }
  }
}

DMOE_CLONES void dmoe_dequantize_q5_1(const uint8_t *restrict source, int64_t blocks, float *restrict target) {
  for (int64_t b = 0; b < blocks; b++, source += 24, target += 32) {
    const float scale = half_at(source);
    const float minimum = half_at(source + 2);
    uint32_t fifth;
    memcpy(&fifth, source + 4, sizeof fifth);
    const uint8_t *quants = source + 8;
    for (int j = 0; j < 16; j++) {
      const int low = (quants[j] & 15) | (int)(((fifth >> j) & 1) << 4);
      const int high = (quants[j] >> 4) | (int)(((fifth >> (j + 16)) & 1) << 4);
      target[j] = scale * (float)low + minimum;
      target[j + 16] = scale * (float)high + minimum;
    }
  }
}

DMOE_CLONES void dmoe_dequantize_q8_0(const uint8_t *restrict source, int64_t blocks, float *restrict target) {
  for (int64_t b = 0; b < blocks; b++, source += 34, target += 32) {
    const float scale = half_at(source);
    const int8_t *quants = (const int8_t *)(source + 2);
    for (int j = 0; j < 32; j++) target[j] = scale * (float)quants[j];
  }
}

// Blocks of 256 with quantized scales per 16 or 32 elements.

// scales[16] (low nibble scale, high nibble minimum), quants[64] of 2 bits, scale, minimum.
DMOE_CLONES void dmoe_dequantize_q2_k(const uint8_t *restrict source, int64_t blocks, float *restrict target) {
  for (int64_t b = 0; b < blocks; b++, source += 84, target += 256) {
    const uint8_t *scales = source;
    const uint8_t *quants = source + 16;
    const float scale = half_at(source + 80);
    const float minimum = half_at(source + 82);
    for (int group = 0; group < 16; group++) {
      const uint8_t *bytes = quants + group / 8 * 32 + group % 2 * 16;
      const int shift = group % 8 / 2 * 2;
      const float groupScale = scale * (float)(scales[group] & 15);
      const float groupMinimum = minimum * (float)(scales[group] >> 4);
      for (int j = 0; j < 16; j++) {
        target[16 * group + j] = groupScale * (float)((bytes[j] >> shift) & 3) - groupMinimum;
      }
    }
  }
}

// third bits[32] (set: no offset), quants[64] of 2 bits, 16 scales of 6 bits in 12 bytes, scale.
DMOE_CLONES void dmoe_dequantize_q3_k(const uint8_t *restrict source, int64_t blocks, float *restrict target) {
  for (int64_t b = 0; b < blocks; b++, source += 110, target += 256) {
    const uint8_t *third = source;
    const uint8_t *quants = source + 32;
    const uint8_t *scales = source + 96;
    const float scale = half_at(source + 108);
    for (int group = 0; group < 16; group++) {
      const int low = group < 8 ? scales[group] & 15 : scales[group - 8] >> 4;
      const int high = (scales[8 + group % 4] >> (group / 4 * 2)) & 3;
      const float groupScale = scale * (float)((low | high << 4) - 32);
      const uint8_t *bytes = quants + group / 8 * 32 + group % 2 * 16;
      const uint8_t *bits = third + group % 2 * 16;
      const int shift = group % 8 / 2 * 2;
      const int bit = group / 2;
      for (int j = 0; j < 16; j++) {
        const int offset = 4 - (((bits[j] >> bit) & 1) << 2);
        target[16 * group + j] = groupScale * (float)(((bytes[j] >> shift) & 3) - offset);
      }
    }
  }
}

// The eight 6-bit scales and minima that Q4_K and Q5_K pack into 12 bytes.
ALWAYS_INLINE void scale_and_minimum(const uint8_t *packed, int group, float *scale, float *minimum) {
  if (group < 4) {
    *scale = (float)(packed[group] & 63);
    *minimum = (float)(packed[group + 4] & 63);
  } else {
    *scale = (float)((packed[group + 4] & 15) | (packed[group - 4] >> 6 << 4));
    *minimum = (float)((packed[group + 4] >> 4) | (packed[group] >> 6 << 4));
  }
}

// scale, minimum, packed scales[12], quants[128] of 4 bits.
DMOE_CLONES void dmoe_dequantize_q4_k(const uint8_t *restrict source, int64_t blocks, float *restrict target) {
  for (int64_t b = 0; b < blocks; b++, source += 144, target += 256) {
    const float scale = half_at(source);
    const float minimum = half_at(source + 2);
    for (int group = 0; group < 8; group++) {
      float groupScale, groupMinimum;
      scale_and_minimum(source + 4, group, &groupScale, &groupMinimum);
      groupScale *= scale;
      groupMinimum *= minimum;
      const uint8_t *bytes = source + 16 + group / 2 * 32;
      const int shift = group % 2 * 4;
      for (int j = 0; j < 32; j++) {
        target[32 * group + j] = groupScale * (float)((bytes[j] >> shift) & 15) - groupMinimum;
      }
    }
  }
}

// scale, minimum, packed scales[12], fifth bits[32], quants[128] of 4 bits.
DMOE_CLONES void dmoe_dequantize_q5_k(const uint8_t *restrict source, int64_t blocks, float *restrict target) {
  for (int64_t b = 0; b < blocks; b++, source += 176, target += 256) {
    const float scale = half_at(source);
    const float minimum = half_at(source + 2);
    const uint8_t *fifth = source + 16;
    for (int group = 0; group < 8; group++) {
      float groupScale, groupMinimum;
      scale_and_minimum(source + 4, group, &groupScale, &groupMinimum);
      groupScale *= scale;
      groupMinimum *= minimum;
      const uint8_t *bytes = source + 48 + group / 2 * 32;
      const int shift = group % 2 * 4;
      for (int j = 0; j < 32; j++) {
        const int quant = ((bytes[j] >> shift) & 15) | ((fifth[j] >> group) & 1) << 4;
        target[32 * group + j] = groupScale * (float)quant - groupMinimum;
      }
    }
  }
}

// low quants[128] of 4 bits, high quants[64] of 2 bits, scales[16] (signed bytes), scale.
DMOE_CLONES void dmoe_dequantize_q6_k(const uint8_t *restrict source, int64_t blocks, float *restrict target) {
  for (int64_t b = 0; b < blocks; b++, source += 210, target += 256) {
    const int8_t *scales = (const int8_t *)(source + 192);
    const float scale = half_at(source + 208);
    for (int group = 0; group < 16; group++) {
      const int within = group % 8;
      const uint8_t *low = source + group / 8 * 64 + within % 4 * 16;
      const uint8_t *high = source + 128 + group / 8 * 32 + within % 2 * 16;
      const int lowShift = within / 4 * 4;
      const int highShift = within / 2 * 2;
      const float groupScale = scale * (float)scales[group];
      for (int j = 0; j < 16; j++) {
        const int quant = ((low[j] >> lowShift) & 15) | ((high[j] >> highShift) & 3) << 4;
        target[16 * group + j] = groupScale * (float)(quant - 32);
      }
    }
  }
}

// Quants of 4 bits that stand for the values of a table, which lie closer together near 0.
static const int8_t codebook[16] = {-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113};

// A block of 32: scale, quants[16].
DMOE_CLONES void dmoe_dequantize_iq4_nl(const uint8_t *restrict source, int64_t blocks, float *restrict target) {
  for (int64_t b = 0; b < blocks; b++, source += 18, target += 32) {
    const float scale = half_at(source);
    const uint8_t *quants = source + 2;
    for (int j = 0; j < 16; j++) {
      target[j] = scale * (float)codebook[quants[j] & 15];
      target[j + 16] = scale * (float)codebook[quants[j] >> 4];
    }
  }
}

// A block of 256: scale, high two bits of eight scales (16 bits), their low nibbles[4], quants[128]; 8 groups of 32.
DMOE_CLONES void dmoe_dequantize_iq4_xs(const uint8_t *restrict source, int64_t blocks, float *restrict target) {
  for (int64_t b = 0; b < blocks; b++, source += 136, target += 256) {
    const float scale = half_at(source);
    const int highScales = source[2] | source[3] << 8;
    for (int group = 0; group < 8; group++) {
      const int low = (source[4 + group / 2] >> (group % 2 * 4)) & 15;
      const int high = (highScales >> (2 * group)) & 3;
      const float groupScale = scale * (float)((low | high << 4) - 32);
      const uint8_t *quants = source + 8 + 16 * group;
      float *values = target + 32 * group;
      for (int j = 0; j < 16; j++) {
        values[j] = groupScale * (float)codebook[quants[j] & 15];
        values[j + 16] = groupScale * (float)codebook[quants[j] >> 4];
      }
    }
  }
}

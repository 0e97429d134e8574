// Sixteen lanes, one an output, on every instruction set: the compiler splits them where registers are shorter.
// Included by the file of an instruction set after it has set STORED_WIDTH (bytes of a register) and the target.
#pragma once

#include <stdint.h>
#include <string.h>

// A product and a sum are two roundings unless the code says fused.
#pragma STDC FP_CONTRACT OFF

// Vectors wider than a register are split; none crosses a call, since all of this is inlined.
#pragma clang diagnostic ignored "-Wpsabi"

#define ALWAYS_INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("clang loop unroll(full)")

enum { lanes = 16 };

typedef uint32_t lanes_u32 __attribute__((vector_size(64)));
typedef int32_t lanes_i32 __attribute__((vector_size(64)));
typedef uint8_t lanes_u8 __attribute__((vector_size(64)));
typedef float lanes_f32 __attribute__((vector_size(64)));
typedef uint32_t quad_u32 __attribute__((vector_size(16)));

ALWAYS_INLINE lanes_u32 load_lanes(const void *source) {
  lanes_u32 value;
  memcpy(&value, source, sizeof value);
  return value;
}

ALWAYS_INLINE void store_lanes(void *target, lanes_u32 value) { memcpy(target, &value, sizeof value); }

ALWAYS_INLINE void store_floats(float *target, lanes_f32 value) { memcpy(target, &value, sizeof value); }

ALWAYS_INLINE lanes_f32 floats_of_integers(lanes_i32 value) { return __builtin_convertvector(value, lanes_f32); }

ALWAYS_INLINE lanes_f32 fused(lanes_f32 a, lanes_f32 b, lanes_f32 c) { return __builtin_elementwise_fma(a, b, c); }

// The halves in the low 16 bits of every lane (what is above does not matter).
ALWAYS_INLINE lanes_f32 floats_of_halves(lanes_u32 value) {
#if STORED_WIDTH == 64
  return (lanes_f32)_mm512_cvtph_ps(_mm512_cvtepi32_epi16((__m512i)value));
#else
  const lanes_u32 wide = value << 16, sign = wide & 0x80000000u, magnitude = wide + wide;
  // Normal, infinite, NaN: put exponent and fraction in place, then rescale (15 -> 127).
  const lanes_f32 normal = (lanes_f32)((magnitude >> 4) + (0xE0u << 23)) * 0x1.0p-112f;
  // Subnormal: the fraction counts units of 2^-24; let the subtraction normalize it.
  const lanes_f32 subnormal = (lanes_f32)((magnitude >> 17) | (126u << 23)) - 0.5f;
  const lanes_u32 small = (lanes_u32)(magnitude < (1u << 27));
  return (lanes_f32)(sign | (small & (lanes_u32)subnormal) | (~small & (lanes_u32)normal));
#endif
}

ALWAYS_INLINE quad_u32 load_quad(const uint8_t *source) {
  quad_u32 value;
  memcpy(&value, source, sizeof value);
  return value;
}

// 16 bytes of four rows, one behind the other.
ALWAYS_INLINE lanes_u32 load_four(const uint8_t *a, const uint8_t *b, const uint8_t *c, const uint8_t *d) {
#if STORED_WIDTH == 64
  __m512i value = _mm512_castsi128_si512((__m128i)load_quad(a));
  value = _mm512_inserti32x4(value, (__m128i)load_quad(b), 1);
  value = _mm512_inserti32x4(value, (__m128i)load_quad(c), 2);
  return (lanes_u32)_mm512_inserti32x4(value, (__m128i)load_quad(d), 3);
#else
  typedef uint32_t eight __attribute__((vector_size(32)));
  const eight ab = __builtin_shufflevector(load_quad(a), load_quad(b), 0, 1, 2, 3, 4, 5, 6, 7);
  const eight cd = __builtin_shufflevector(load_quad(c), load_quad(d), 0, 1, 2, 3, 4, 5, 6, 7);
  return __builtin_shufflevector(ab, cd, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
#endif
}

/// 16 bytes of sixteen rows, transposed: unit[j] has the j-th four bytes of row i in lane i.
ALWAYS_INLINE void load_unit(const uint8_t *const *rows, int64_t at, lanes_u32 unit[4]) {
  const lanes_u32 a = load_four(rows[0] + at, rows[4] + at, rows[8] + at, rows[12] + at);
  const lanes_u32 b = load_four(rows[1] + at, rows[5] + at, rows[9] + at, rows[13] + at);
  const lanes_u32 c = load_four(rows[2] + at, rows[6] + at, rows[10] + at, rows[14] + at);
  const lanes_u32 d = load_four(rows[3] + at, rows[7] + at, rows[11] + at, rows[15] + at);
#define LOW 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29
#define HIGH 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31
#define LOW_PAIRS 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29
#define HIGH_PAIRS 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31
  const lanes_u32 ab_low = __builtin_shufflevector(a, b, LOW), ab_high = __builtin_shufflevector(a, b, HIGH);
  const lanes_u32 cd_low = __builtin_shufflevector(c, d, LOW), cd_high = __builtin_shufflevector(c, d, HIGH);
  unit[0] = __builtin_shufflevector(ab_low, cd_low, LOW_PAIRS);
  unit[1] = __builtin_shufflevector(ab_low, cd_low, HIGH_PAIRS);
  unit[2] = __builtin_shufflevector(ab_high, cd_high, LOW_PAIRS);
  unit[3] = __builtin_shufflevector(ab_high, cd_high, HIGH_PAIRS);
#undef LOW
#undef HIGH
#undef LOW_PAIRS
#undef HIGH_PAIRS
}

/// Byte `place` (0 ... 3) of every lane in all four bytes of the lane.
ALWAYS_INLINE lanes_u8 copies_of_byte(lanes_u8 value, int place) {
#define FOUR(lane, place) 4 * lane + place, 4 * lane + place, 4 * lane + place, 4 * lane + place
#define ALL(place)                                                                                                  \
  FOUR(0, place), FOUR(1, place), FOUR(2, place), FOUR(3, place), FOUR(4, place), FOUR(5, place), FOUR(6, place),   \
      FOUR(7, place), FOUR(8, place), FOUR(9, place), FOUR(10, place), FOUR(11, place), FOUR(12, place),            \
      FOUR(13, place), FOUR(14, place), FOUR(15, place)
  switch (place) {
    case 0: return __builtin_shufflevector(value, value, ALL(0));
    case 1: return __builtin_shufflevector(value, value, ALL(1));
    case 2: return __builtin_shufflevector(value, value, ALL(2));
    default: return __builtin_shufflevector(value, value, ALL(3));
  }
#undef FOUR
#undef ALL
}

/// A 16-entry table of bytes looked up with every byte (0 ... 15).
ALWAYS_INLINE lanes_u32 look_up(const uint8_t *table, lanes_u32 indices) {
#if STORED_WIDTH == 64
  const __m512i entries = _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)table));
  return (lanes_u32)_mm512_shuffle_epi8(entries, (__m512i)indices);
#elif STORED_WIDTH == 32
  const __m256i entries = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)table));
  __m256i halves[2];
  memcpy(halves, &indices, sizeof halves);
  UNROLL for (int i = 0; i < 2; i++) halves[i] = _mm256_shuffle_epi8(entries, halves[i]);
  memcpy(&indices, halves, sizeof halves);
  return indices;
#else
  uint8_t bytes[64];
  memcpy(bytes, &indices, sizeof bytes);
  for (int i = 0; i < 64; i++) bytes[i] = table[bytes[i]];
  memcpy(&indices, bytes, sizeof bytes);
  return indices;
#endif
}

#include "roofs.h"

#include <stddef.h>
#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif

#define TARGET(features) __attribute__((target(features)))
// Sixteen chains hide the latency of every unit there is.
enum { CHAINS = 16 };

// Tells the compiler that a register was read and written, so that no instruction of a loop is left out.
#define KEEP(x) __asm__ volatile("" : "+v"(x))

TARGET("avx512f") static int64_t fma_512(int64_t rounds) {
  __m512 sums[CHAINS], a = _mm512_set1_ps(1e-9f), b = a;
  for (int i = 0; i < CHAINS; i++) sums[i] = a;
  for (int64_t r = 0; r < rounds; r++) {
    KEEP(a);
#pragma clang loop unroll(full)
    for (int i = 0; i < CHAINS; i++) sums[i] = _mm512_fmadd_ps(a, b, sums[i]);
  }
  for (int i = 0; i < CHAINS; i++) KEEP(sums[i]);
  return rounds * CHAINS * 16;
}

TARGET("avx2,fma") static int64_t fma_256(int64_t rounds) {
  enum { CHAINS_256 = 12 };  // of sixteen registers
  __m256 sums[CHAINS_256], a = _mm256_set1_ps(1e-9f), b = a;
  for (int i = 0; i < CHAINS_256; i++) sums[i] = a;
  for (int64_t r = 0; r < rounds; r++) {
    __asm__ volatile("" : "+x"(a));
#pragma clang loop unroll(full)
    for (int i = 0; i < CHAINS_256; i++) sums[i] = _mm256_fmadd_ps(a, b, sums[i]);
  }
  for (int i = 0; i < CHAINS_256; i++) __asm__ volatile("" : "+x"(sums[i]));
  return rounds * CHAINS_256 * 8;
}

TARGET("avx512f,avx512bf16") static int64_t bf16(int64_t rounds) {
  __m512 sums[CHAINS];
  __m512i bits = _mm512_set1_epi16(0x2f80);
  for (int i = 0; i < CHAINS; i++) sums[i] = _mm512_set1_ps(0);
  for (int64_t r = 0; r < rounds; r++) {
    KEEP(bits);
#pragma clang loop unroll(full)
    for (int i = 0; i < CHAINS; i++) sums[i] = _mm512_dpbf16_ps(sums[i], (__m512bh)bits, (__m512bh)bits);
  }
  for (int i = 0; i < CHAINS; i++) KEEP(sums[i]);
  return rounds * CHAINS * 32;
}

TARGET("avx512f,avx512vnni") static int64_t bytes(int64_t rounds) {
  __m512i sums[CHAINS], a = _mm512_set1_epi8(1);
  for (int i = 0; i < CHAINS; i++) sums[i] = a;
  for (int64_t r = 0; r < rounds; r++) {
    KEEP(a);
#pragma clang loop unroll(full)
    for (int i = 0; i < CHAINS; i++) sums[i] = _mm512_dpbusd_epi32(sums[i], a, a);
  }
  for (int i = 0; i < CHAINS; i++) KEEP(sums[i]);
  return rounds * CHAINS * 64;
}

// Eight tiles of 16 rows of 64 bytes: four sums, two of each factor, as a product of 32 by 32 outputs has them.
struct tile_configuration {
  uint8_t palette, start_row, reserved[14];
  uint16_t bytes_per_row[16];
  uint8_t rows[16];
};

TARGET("amx-tile") static void open_tiles(void) {
  struct tile_configuration configuration = {.palette = 1};
  for (int i = 0; i < 8; i++) {
    configuration.bytes_per_row[i] = 64;
    configuration.rows[i] = 16;
  }
  _tile_loadconfig(&configuration);
}

TARGET("amx-tile") static void zero_tiles(void) {
  _tile_zero(0);
  _tile_zero(1);
  _tile_zero(2);
  _tile_zero(3);
  _tile_zero(4);
  _tile_zero(5);
  _tile_zero(6);
  _tile_zero(7);
}

TARGET("amx-tile,amx-int8") static int64_t tile_bytes(int64_t rounds) {
  open_tiles();
  zero_tiles();
  for (int64_t r = 0; r < rounds; r++) {
    _tile_dpbusd(0, 4, 6);
    _tile_dpbusd(1, 4, 7);
    _tile_dpbusd(2, 5, 6);
    _tile_dpbusd(3, 5, 7);
  }
  _tile_release();
  return rounds * 4 * 16 * 16 * 64;
}

TARGET("amx-tile,amx-bf16") static int64_t tile_bf16(int64_t rounds) {
  open_tiles();
  zero_tiles();
  for (int64_t r = 0; r < rounds; r++) {
    _tile_dpbf16ps(0, 4, 6);
    _tile_dpbf16ps(1, 4, 7);
    _tile_dpbf16ps(2, 5, 6);
    _tile_dpbf16ps(3, 5, 7);
  }
  _tile_release();
  return rounds * 4 * 16 * 16 * 32;
}

// Linux gives a process the tiles' registers when it asks (arch_prctl, ARCH_REQ_XCOMP_PERM for XTILEDATA).
static bool may_use_tiles(void) {
#if defined(__linux__)
  enum { REQUEST_PERMISSION = 0x1023, TILE_DATA = 18 };
  return syscall(SYS_arch_prctl, REQUEST_PERMISSION, TILE_DATA) == 0;
#else
  return false;
#endif
}

bool roof_is_available(roof_kind kind) {
  __builtin_cpu_init();
  switch (kind) {
    case ROOF_FMA: return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    case ROOF_BF16: return __builtin_cpu_supports("avx512bf16");
    case ROOF_BYTES: return __builtin_cpu_supports("avx512vnni");
    case ROOF_TILE_BF16: return __builtin_cpu_supports("amx-bf16") && may_use_tiles();
    case ROOF_TILE_BYTES: return __builtin_cpu_supports("amx-int8") && may_use_tiles();
  }
  return false;
}

int64_t roof_products(roof_kind kind, int64_t rounds) {
  if (!roof_is_available(kind)) return 0;
  switch (kind) {
    case ROOF_FMA: return __builtin_cpu_supports("avx512f") ? fma_512(rounds) : fma_256(rounds);
    case ROOF_BF16: return bf16(rounds);
    case ROOF_BYTES: return bytes(rounds);
    case ROOF_TILE_BF16: return tile_bf16(rounds);
    case ROOF_TILE_BYTES: return tile_bytes(rounds);
  }
  return 0;
}
#else
bool roof_is_available(roof_kind kind) { return false; }
int64_t roof_products(roof_kind kind, int64_t rounds) { return 0; }
#endif

uint64_t roof_read(const void *source, int64_t count) {
  // Wide vectors of the compiler, so that it is the memory that one waits for.
  typedef uint64_t wide __attribute__((vector_size(64), aligned(64)));
  const wide *words = source;
  wide sums[8];
  memset(sums, 0, sizeof sums);
  for (int64_t i = 0; i < count / 64; i += 8)
    for (int j = 0; j < 8; j++) sums[j] ^= words[i + j];
  uint64_t result = 0;
  for (int j = 0; j < 8; j++)
    for (int k = 0; k < 8; k++) result ^= sums[j][k];
  return result;
}

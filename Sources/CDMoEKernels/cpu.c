#include "dmoe_cpu.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif
#if defined(__x86_64__) && defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif

bool dmoe_cpu_has_avx512(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
         __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("avx512cd");
#else
  return false;
#endif
}

bool dmoe_cpu_has_vnni(void) {
#if defined(__x86_64__)
  return dmoe_cpu_has_avx512() && __builtin_cpu_supports("avx512vnni");
#else
  return false;
#endif
}

bool dmoe_cpu_has_bf16(void) {
#if defined(__x86_64__)
  return dmoe_cpu_has_avx512() && __builtin_cpu_supports("avx512bf16");
#else
  return false;
#endif
}

bool dmoe_cpu_has_avx(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx");
#else
  return false;
#endif
}

bool dmoe_cpu_has_avx2(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#else
  return false;
#endif
}

bool dmoe_cpu_has_fma4(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx") && __builtin_cpu_supports("fma4");
#else
  return false;
#endif
}

bool dmoe_cpu_has_fp16(void) {
#if defined(__x86_64__)
  // Leaf 7, EDX bit 23; the compiler's own name for it is younger than the compilers that build this.
  unsigned int a, b, c, d;
  return dmoe_cpu_has_bf16() && __get_cpuid_count(7, 0, &a, &b, &c, &d) && (d >> 23 & 1);
#else
  return false;
#endif
}

bool dmoe_cpu_allows_amx(void) {
#if defined(__x86_64__) && defined(__linux__)
  // Leaf 7, EDX bits 24 and 22: tiles, and products of bf16. Linux saves their 8 KB only for processes that ask
  // (arch_prctl's ARCH_REQ_XCOMP_PERM for the tiles' data, 18); it may refuse where a signal stack is too small for them.
  unsigned int a, b, c, d;
  const unsigned int both = 1u << 24 | 1u << 22;
  if (!dmoe_cpu_has_vnni() || !dmoe_cpu_has_bf16() || !__get_cpuid_count(7, 0, &a, &b, &c, &d) || (d & both) != both) return false;
  return syscall(SYS_arch_prctl, 0x1023, 18) == 0;
#else
  return false;
#endif
}

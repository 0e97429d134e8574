#pragma once
#include <stdbool.h>

/// Whether the CPU and the operating system run AVX-512 F, DQ, BW, VL and CD: what OpenBLAS's SkylakeX kernels use.
bool dmoe_cpu_has_avx512(void);

/// Whether, with these, the CPU multiplies bytes exactly (AVX-512 VNNI), or bf16 (AVX-512 BF16).
bool dmoe_cpu_has_vnni(void);
bool dmoe_cpu_has_bf16(void);

/// Whether the CPU and the operating system run AVX; AVX2 with FMA; FMA4: what OpenBLAS's older kernels use.
bool dmoe_cpu_has_avx(void);
bool dmoe_cpu_has_avx2(void);
bool dmoe_cpu_has_fma4(void);

/// Whether, with bf16, the CPU has AVX-512 FP16, which a compiler may use for OpenBLAS's SapphireRapids kernels.
bool dmoe_cpu_has_fp16(void);

/// Whether, with VNNI and bf16, the CPU has AMX tiles with products of bf16, and the operating system lets this process
/// use them: this asks it to.
bool dmoe_cpu_allows_amx(void);

/// Tells the core that this is a loop that waits.
static inline void dmoe_cpu_relax(void) {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("isb");
#endif
}

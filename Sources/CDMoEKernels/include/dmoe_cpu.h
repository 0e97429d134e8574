#pragma once
#include <stdbool.h>

/// Whether the CPU and the operating system run AVX-512 F, DQ, BW, VL and CD: what OpenBLAS's SkylakeX kernels use.
bool dmoe_cpu_has_avx512(void);

// DMOE_CLONES compiles one plain loop for several instruction sets; the loader picks the best one the CPU can run.
// The choice needs glibc's indirect functions and x86-64; elsewhere the one build there is must do.
#pragma once

#if defined(__linux__) && defined(__has_include)
#if __has_include(<features.h>)
#include <features.h>
#endif
#endif

// ThreadSanitizer's calls in the function that chooses would run before it has started.
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define DMOE_WITHOUT_CLONES
#endif
#endif

#if defined(__x86_64__) && defined(__linux__) && defined(__GLIBC__) && !defined(DMOE_WITHOUT_CLONES)
#define DMOE_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define DMOE_CLONES
#endif

// DMOE_CLONES compiles a function once per instruction-set level and picks at load time.
#ifndef DMOE_CLONES_H
#define DMOE_CLONES_H

#if defined(__x86_64__) && defined(__linux__)
#define DMOE_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define DMOE_CLONES
#endif

#endif

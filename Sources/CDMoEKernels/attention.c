#include "dmoe_attention.h"

#include <math.h>

#include "dmoe_cpu.h"

// Where a sum is to be fused it says so, so that instruction sets agree on all others.
#pragma STDC FP_CONTRACT OFF

// Vectors never leave this file as arguments: what takes them is part of its caller.
#pragma clang diagnostic ignored "-Wpsabi"

#define ALWAYS_INLINE static inline __attribute__((always_inline))

// Columns that are worked on together, and rows of a tile of a product.
enum { BLOCK = 64, TILE_ROWS = 6 };

typedef float sixteen __attribute__((ext_vector_type(16), aligned(4)));
typedef int32_t sixteen_places __attribute__((ext_vector_type(16), aligned(4)));

typedef struct {
  int64_t begin;
  int64_t end;
} range_t;

// What becomes of a product's sums: the result; the result after a chain of sums that was begun there before; or
// they are added to what is there times a factor a row.
typedef enum { from_zero, chain_on, scale_and_add } sum_t;

// c[r, n] = the sum over t of a[r, t] * b[t, n]. Strides of a are by row and by term, in floats.
typedef struct {
  sum_t sum;
  int64_t terms;
  int64_t a_row;
  int64_t a_term;
  int64_t b_stride;
  int64_t c_stride;
} product_t;

static inline int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }
static inline int64_t greater(int64_t a, int64_t b) { return a > b ? a : b; }
static inline int64_t whole_registers(int64_t count) { return (count + 15) / 16 * 16; }

// The columns of a block that the query at `place` of its text sees.
static inline range_t seen_columns(int64_t place, int64_t window, int64_t start) {
  const range_t seen = {greater(0, place + 1 - window - start), smaller(BLOCK, place + 1 - start)};
  return seen;
}

// What exponents are differences from: where all scores are infinitely low, they stay so.
static inline float finite_base(float top) { return top == -INFINITY ? 0 : top; }

// The queries of a call that see something of the block at `start`, as rows: heads of a query are neighbors.
static inline range_t seeing_rows(const dmoe_attention_shape *shape, const dmoe_queries *queries, int64_t start) {
  const int64_t window = smaller(shape->window, queries->column + queries->count);
  const int64_t first = greater(0, start - queries->column);
  const int64_t end = smaller(queries->count, start + BLOCK + window - 1 - queries->column);
  const range_t rows = {first * shape->group, greater(first, end) * shape->group};
  return rows;
}

// The block that holds the first column that the first query sees.
static inline int64_t first_block(const dmoe_attention_shape *shape, const dmoe_queries *queries) {
  return greater(0, queries->column + 1 - shape->window) / BLOCK * BLOCK;
}

// The row that stands at every column of the block at `start`; how many there are.
static int64_t rows_of_block(const dmoe_queries *queries, int64_t start, int64_t rows[BLOCK]) {
  int64_t count = 0, column = 0;
  for (int64_t i = 0; i < queries->run_count && count < BLOCK; i++) {
    const dmoe_rows run = queries->runs[i];
    for (int64_t j = greater(0, start + count - column); j < run.count && count < BLOCK; j++) rows[count++] = run.first + j;
    column += run.count;
  }
  return count;
}

// 1 / the sum of a row's exponentials, from their partial sums.
static float inverse_of_sum(const float partial[16]) {
  float sum = 0;
  for (int i = 0; i < 16; i++) sum += partial[i];
  return 1.0f / sum;
}

#define JOIN_(name, set) name##_##set
#define JOIN(name, set) JOIN_(name, set)
#define DMOE_SET(name) JOIN(name, SET)

#define SET plain
#define LANES 4
#if defined(__aarch64__)
#define VECTORS 4
#else
#define VECTORS 2
#endif
#if defined(__FMA__) || defined(__ARM_FEATURE_FMA)
#define FUSED 1
#else
#define FUSED 0
#endif
#include "attention_products.h"
#include "attention_passes.h"
#undef SET
#undef LANES
#undef VECTORS
#undef FUSED

#if defined(__x86_64__)
#define FUSED 1

#define SET avx2
#define LANES 8
#define VECTORS 2
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#include "attention_products.h"
#include "attention_passes.h"
#pragma clang attribute pop
#undef SET
#undef LANES
#undef VECTORS

#define SET avx512
#define LANES 16
#define VECTORS 4
#pragma clang attribute push(__attribute__((target("avx2,fma,avx512f,avx512dq,avx512bw,avx512vl"))), apply_to = function)
#include "attention_products.h"
#include "attention_passes.h"
#pragma clang attribute pop
#endif

int32_t dmoe_attention_best(void) {
  return dmoe_cpu_has_avx512() ? dmoe_attention_avx512
         : dmoe_cpu_has_avx2() ? dmoe_attention_avx2
                               : dmoe_attention_plain;
}

int64_t dmoe_attention_scratch(const dmoe_attention_shape *shape, int64_t queries) {
  const int64_t rows = queries * shape->group, padded = whole_registers(shape->head_size);
  return 2 * BLOCK * padded + rows * (2 * padded + 16) + whole_registers(rows) + TILE_ROWS * (BLOCK + padded);
}

int64_t dmoe_attention_backward_scratch(const dmoe_attention_shape *shape, int64_t queries) {
  const int64_t rows = queries * shape->group, padded = whole_registers(shape->head_size);
  return 4 * BLOCK * padded + rows * (3 * padded + 2 * BLOCK) + whole_registers(rows);
}

void dmoe_attention(int32_t kernels, const dmoe_attention_shape *shape, const dmoe_queries *queries, const float *q,
                    const float *k, const float *v, float *y, float *statistics, float *scratch) {
  switch (kernels) {
#if defined(__x86_64__)
    case dmoe_attention_avx512: return forward_avx512(shape, queries, q, k, v, y, statistics, scratch);
    case dmoe_attention_avx2: return forward_avx2(shape, queries, q, k, v, y, statistics, scratch);
#endif
    default: return forward_plain(shape, queries, q, k, v, y, statistics, scratch);
  }
}

void dmoe_attention_backward(int32_t kernels, const dmoe_attention_shape *shape, const dmoe_queries *queries,
                             const float *q, const float *k, const float *v, const float *y, const float *statistics,
                             const float *dy, float *dq, float *dk, float *dv, float *scratch) {
  switch (kernels) {
#if defined(__x86_64__)
    case dmoe_attention_avx512:
      return backward_avx512(shape, queries, q, k, v, y, statistics, dy, dq, dk, dv, scratch);
    case dmoe_attention_avx2: return backward_avx2(shape, queries, q, k, v, y, statistics, dy, dq, dk, dv, scratch);
#endif
    default: return backward_plain(shape, queries, q, k, v, y, statistics, dy, dq, dk, dv, scratch);
  }
}

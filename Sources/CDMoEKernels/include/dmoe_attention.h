// Grouped-query causal attention without a matrix of scores: keys are taken in blocks of 64, counted from the first column
// of the text, and every sum runs over channels, keys or queries in ascending order (online softmax: Milakov and
// Gimelshein, 1805.02867; blockwise backward pass: Dao, 2307.08691). So a row's result depends on its query and on the keys
// and values that it sees, never on the rows beside it, on how a text is cut into calls, or on threads.
#ifndef DMOE_ATTENTION_H
#define DMOE_ATTENTION_H

#include <stdint.h>

/// The instruction sets there are kernels for. With fused multiply-adds all give the same bits; `plain` fuses only where
/// the build's own instruction set does.
enum { dmoe_attention_plain = 0, dmoe_attention_avx2 = 1, dmoe_attention_avx512 = 2 };

/// The best of them that this CPU runs; those below it run too.
int32_t dmoe_attention_best(void);

/// What is the same for all queries of a text. Strides are in floats, from row to row.
typedef struct {
  /// Query heads that share the key head.
  int64_t group;
  int64_t head_size;
  /// What the product of a query and a key is multiplied by; above 0.
  float scale;
  /// How many columns a query sees at most, its own the last.
  int64_t window;
  int64_t query_stride;
  int64_t key_stride;
} dmoe_attention_shape;

/// Neighboring rows of keys and values, which are neighboring columns of a text.
typedef struct {
  int64_t first;
  int64_t count;
} dmoe_rows;

/// Queries that are neighbors in a text: the first stands at `column`, and the last sees all keys of the runs.
typedef struct {
  int64_t count;
  int64_t column;
  /// The rows of keys and values by column, from column 0 on; column + count rows together.
  const dmoe_rows *runs;
  int64_t run_count;
} dmoe_queries;

/// Floats of scratch memory that a call for so many queries takes, and that it wants at a 64-byte boundary.
int64_t dmoe_attention_scratch(const dmoe_attention_shape *shape, int64_t queries);
int64_t dmoe_attention_backward_scratch(const dmoe_attention_shape *shape, int64_t queries);

/// y: what the queries read, of all heads that share one key head.
///
/// q, y: at the first query and the first head of the group; k, v: at row 0 and the key head. Unless it is null,
/// statistics [queries, group, 2] gets every query's largest product with a key, and 1 / the sum of its exponentials.
void dmoe_attention(int32_t kernels, const dmoe_attention_shape *shape, const dmoe_queries *queries, const float *q,
                    const float *k, const float *v, float *y, float *statistics, float *scratch);

/// dq from dy; adds to dk and dv, with the queries in ascending order.
///
/// y and statistics: what the forward pass gave. The pointers are as above, each for its own matrix.
void dmoe_attention_backward(int32_t kernels, const dmoe_attention_shape *shape, const dmoe_queries *queries,
                             const float *q, const float *k, const float *v, const float *y, const float *statistics,
                             const float *dy, float *dq, float *dk, float *dv, float *scratch);

#endif

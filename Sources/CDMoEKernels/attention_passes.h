// The passes of attention, forward above backward, compiled once for every instruction set by attention.c.

// A tile's products with a block of keys become exponentials, 0 of what a row does not see; its largest product and the
// partial sums of its exponentials take the block in. factors: what its sums so far are to be multiplied by.
static void DMOE_SET(exponentials)(float *scores, const range_t *seen, int64_t rows, float rate, float *tops,
                                   float *partials, float *factors) {
  sixteen falls = 0;
  for (int64_t r = 0; r < rows; r++) {
    float *row = scores + r * BLOCK;
    sixteen s[4];
    DMOE_SET(load_seen)(row, seen[r], -INFINITY, s);
    sixteen most = s[0];
#pragma unroll
    for (int i = 0; i < 4; i++) {
      *(sixteen *)(row + 16 * i) = s[i];
      most = s[i] > most ? s[i] : most;
    }
    const float before = tops[r], block = DMOE_SET(largest)(most);
    tops[r] = block > before ? block : before;
    falls[r] = (before - finite_base(tops[r])) * rate;
  }
  const sixteen factor = DMOE_SET(power)(falls);
  for (int64_t r = 0; r < rows; r++) {
    float *row = scores + r * BLOCK;
    const float base = finite_base(tops[r]);
    sixteen p[4];
#pragma unroll
    for (int i = 0; i < 4; i++) {
      p[i] = DMOE_SET(power)((*(sixteen *)(row + 16 * i) - base) * rate);
      *(sixteen *)(row + 16 * i) = p[i];
    }
    factors[r] = factor[r];
    sixteen *partial = (sixteen *)(partials + 16 * r);
    *partial = MULTIPLY_ADD(*partial, (sixteen)(factor[r]), (p[0] + p[1]) + (p[2] + p[3]));
  }
}

// A tile's exponentials times a block of values, where rows see different columns: nothing is multiplied that a row does
// not see, not even by 0, since it may be infinite. The chain of every row is the same as in one product.
static void DMOE_SET(read_unequally)(const product_t *p, const range_t *seen, int64_t rows, int64_t columns,
                                     const float *a, const float *b, float *c) {
  // Columns that all rows of the tile see; ranges move up with the rows.
  const range_t common = {seen[rows - 1].begin, seen[0].end};
  const int64_t first = common.begin < common.end ? common.begin : BLOCK;
  product_t part = *p;
  part.sum = chain_on;
  for (int64_t r = 0; r < rows; r++) {
    part.terms = smaller(first, seen[r].end) - seen[r].begin;
    DMOE_SET(product)(&part, 1, columns, a + r * p->a_row + seen[r].begin, b + seen[r].begin * p->b_stride,
                      c + r * p->c_stride, 0);
  }
  if (first == BLOCK) return;
  part.terms = common.end - common.begin;
  DMOE_SET(product)(&part, rows, columns, a + common.begin, b + common.begin * p->b_stride, c, 0);
  for (int64_t r = 0; r < rows; r++) {
    part.terms = seen[r].end - common.end;
    DMOE_SET(product)(&part, 1, columns, a + r * p->a_row + common.end, b + common.end * p->b_stride,
                      c + r * p->c_stride, 0);
  }
}

static void DMOE_SET(forward)(const dmoe_attention_shape *shape, const dmoe_queries *queries, const float *q,
                              const float *k, const float *v, float *y, float *statistics, float *scratch) {
  const int64_t size = shape->head_size, padded = whole_registers(size), group = shape->group;
  const int64_t rows = queries->count * group, end = queries->column + queries->count;
  const int64_t window = smaller(shape->window, end);
  const float rate = shape->scale * 1.44269504088896341f;
  float *keys = scratch;                       // [size, 64]
  float *values = keys + BLOCK * padded;       // [64, padded]
  float *own = values + BLOCK * padded;        // [rows, padded], the queries
  float *read = own + rows * padded;           // [rows, padded], the sums so far
  float *partials = read + rows * padded;      // [rows, 16]
  float *scores = partials + rows * 16;        // [6, 64]
  float *fresh = scores + TILE_ROWS * BLOCK;   // [6, padded]
  float *tops = fresh + TILE_ROWS * padded;    // [rows]
  DMOE_SET(gather_heads)(shape, queries->count, q, own);
  for (int64_t i = 0; i < rows * (padded + 16); i++) read[i] = 0;  // and partials
  for (int64_t r = 0; r < rows; r++) tops[r] = -INFINITY;

  for (int64_t start = first_block(shape, queries); start < end; start += BLOCK) {
    int64_t places[BLOCK];
    const int64_t count = rows_of_block(queries, start, places);
    DMOE_SET(turn)(k, shape->key_stride, places, count, size, keys);
    DMOE_SET(gather)(v, shape->key_stride, places, count, size, values);
    const range_t seeing = seeing_rows(shape, queries, start);
    for (int64_t r = seeing.begin; r < seeing.end; r += TILE_ROWS) {
      const int64_t height = smaller(TILE_ROWS, seeing.end - r);
      range_t seen[TILE_ROWS];
      float factors[TILE_ROWS];
      for (int64_t i = 0; i < height; i++) seen[i] = seen_columns(queries->column + (r + i) / group, window, start);
      const range_t first = seen[0], last = seen[height - 1];
      const product_t score = {from_zero, size, padded, 1, BLOCK, BLOCK};
      DMOE_SET(product)(&score, height, last.end, own + r * padded, keys, scores, 0);
      DMOE_SET(exponentials)(scores, seen, height, rate, tops + r, partials + 16 * r, factors);
      product_t reading = {scale_and_add, last.end - last.begin, BLOCK, 1, padded, padded};
      if (first.begin == last.begin && first.end == last.end) {
        DMOE_SET(product)(&reading, height, padded, scores + last.begin, values + last.begin * padded, read + r * padded,
                          factors);
        continue;
      }
      for (int64_t i = 0; i < height * padded; i++) fresh[i] = 0;
      DMOE_SET(read_unequally)(&reading, seen, height, padded, scores, values, fresh);
      for (int64_t i = 0; i < height; i++) {
        float *sum = read + (r + i) * padded;
        for (int64_t c = 0; c < padded; c += 16)
          *(sixteen *)(sum + c) = MULTIPLY_ADD(
              *(sixteen *)(sum + c), (sixteen)(factors[i]), *(sixteen *)(fresh + i * padded + c));
      }
    }
  }

  for (int64_t r = 0; r < rows; r++) {
    const float inverse = inverse_of_sum(partials + 16 * r);
    float *to = y + r / group * shape->query_stride + r % group * size;
    for (int64_t c = 0; c < size; c++) to[c] = read[r * padded + c] * inverse;
    if (statistics) {
      statistics[2 * r] = finite_base(tops[r]);
      statistics[2 * r + 1] = inverse;
    }
  }
}

// Of a tile's products of queries and keys, and of gradients and values: the probabilities, and the gradients of the
// products. Both are 0 where a row does not see.
static void DMOE_SET(gradients)(float *scores, float *slopes, const range_t *seen, int64_t rows, float scale, float rate,
                                const float *statistics, const float *means) {
  for (int64_t r = 0; r < rows; r++) {
    sixteen s[4], d[4];
    DMOE_SET(load_seen)(scores + r * BLOCK, seen[r], -INFINITY, s);
    DMOE_SET(load_seen)(slopes + r * BLOCK, seen[r], means[r], d);
#pragma unroll
    for (int i = 0; i < 4; i++) {
      const sixteen p = DMOE_SET(power)((s[i] - statistics[2 * r]) * rate) * statistics[2 * r + 1];
      *(sixteen *)(scores + r * BLOCK + 16 * i) = p;
      *(sixteen *)(slopes + r * BLOCK + 16 * i) = p * (d[i] - means[r]) * scale;
    }
  }
}

// Adds the product of a block's columns of weights [rows, 64] and the rows beside them [rows, padded] to the rows of a
// gradient where the columns' keys or values are; a tile of columns takes the rows that see any of it.
static void DMOE_SET(add_by_column)(const float *weights, const float *beside, int64_t padded, int64_t size,
                                    const int64_t *firsts, int64_t last, const int64_t *places, int64_t count,
                                    int64_t stride, float *block, float *gradient) {
  for (int64_t j = 0; j < count; j += TILE_ROWS) {
    const int64_t height = smaller(TILE_ROWS, count - j), first = firsts[j];
    const product_t product = {from_zero, last - first, 1, BLOCK, padded, padded};
    DMOE_SET(product)(&product, height, padded, weights + first * BLOCK + j, beside + first * padded, block, 0);
    for (int64_t i = 0; i < height; i++) {
      float *to = gradient + places[j + i] * stride;
      for (int64_t c = 0; c < size; c++) to[c] += block[i * padded + c];
    }
  }
}

static void DMOE_SET(backward)(const dmoe_attention_shape *shape, const dmoe_queries *queries, const float *q,
                               const float *k, const float *v, const float *y, const float *statistics, const float *dy,
                               float *dq, float *dk, float *dv, float *scratch) {
  const int64_t size = shape->head_size, padded = whole_registers(size), group = shape->group;
  const int64_t rows = queries->count * group, end = queries->column + queries->count;
  const int64_t window = smaller(shape->window, end);
  const float rate = shape->scale * 1.44269504088896341f;
  float *turned_keys = scratch;                        // [size, 64]
  float *turned_values = turned_keys + BLOCK * padded; // [size, 64]
  float *keys = turned_values + BLOCK * padded;        // [64, padded]
  float *block = keys + BLOCK * padded;                // [6, padded]
  float *own = block + BLOCK * padded;                 // [rows, padded], the queries
  float *given = own + rows * padded;                  // [rows, padded], the gradients of what they read
  float *sums = given + rows * padded;                 // [rows, padded], their gradients so far
  float *scores = sums + rows * padded;                // [rows, 64]
  float *slopes = scores + rows * BLOCK;               // [rows, 64]
  float *means = slopes + rows * BLOCK;                // [rows], of the slopes by probability: y . dy
  DMOE_SET(gather_heads)(shape, queries->count, q, own);
  DMOE_SET(gather_heads)(shape, queries->count, y, sums);
  DMOE_SET(gather_heads)(shape, queries->count, dy, given);
  for (int64_t r = 0; r < rows; r++) {
    sixteen partial = 0;
    for (int64_t c = r * padded; c < (r + 1) * padded; c += 16)
      partial = MULTIPLY_ADD(*(sixteen *)(sums + c), *(sixteen *)(given + c), partial);
    float mean = 0;
    for (int i = 0; i < 16; i++) mean += partial[i];
    means[r] = mean;
  }
  for (int64_t i = 0; i < rows * padded; i++) sums[i] = 0;

  for (int64_t start = first_block(shape, queries); start < end; start += BLOCK) {
    int64_t places[BLOCK], firsts[BLOCK];
    const int64_t count = rows_of_block(queries, start, places);
    DMOE_SET(turn)(k, shape->key_stride, places, count, size, turned_keys);
    DMOE_SET(turn)(v, shape->key_stride, places, count, size, turned_values);
    DMOE_SET(gather)(k, shape->key_stride, places, count, size, keys);
    const range_t seeing = seeing_rows(shape, queries, start);
    for (int64_t r = seeing.begin; r < seeing.end; r += TILE_ROWS) {
      const int64_t height = smaller(TILE_ROWS, seeing.end - r);
      range_t seen[TILE_ROWS];
      for (int64_t i = 0; i < height; i++) seen[i] = seen_columns(queries->column + (r + i) / group, window, start);
      const int64_t begin = seen[0].begin, last = seen[height - 1].end;
      float *score = scores + r * BLOCK, *slope = slopes + r * BLOCK;
      const product_t across = {from_zero, size, padded, 1, BLOCK, BLOCK};
      DMOE_SET(product)(&across, height, last, own + r * padded, turned_keys, score, 0);
      DMOE_SET(product)(&across, height, last, given + r * padded, turned_values, slope, 0);
      DMOE_SET(gradients)(score, slope, seen, height, shape->scale, rate, statistics + 2 * r, means + r);
      const product_t back = {scale_and_add, last - begin, BLOCK, 1, padded, padded};
      static const float one[TILE_ROWS] = {1, 1, 1, 1, 1, 1};
      DMOE_SET(product)(&back, height, padded, slope + begin, keys + begin * padded, sums + r * padded, one);
    }
    for (int64_t j = 0; j < count; j++)
      firsts[j] = greater(seeing.begin, (start + j - queries->column) * group);
    DMOE_SET(add_by_column)(scores, given, padded, size, firsts, seeing.end, places, count, shape->key_stride, block, dv);
    DMOE_SET(add_by_column)(slopes, own, padded, size, firsts, seeing.end, places, count, shape->key_stride, block, dk);
  }

  for (int64_t r = 0; r < rows; r++) {
    float *to = dq + r / group * shape->query_stride + r % group * size;
    for (int64_t c = 0; c < size; c++) to[c] = sums[r * padded + c];
  }
}

// The forward pass of attention with products in bf16: by AVX-512's dot products of pairs, or in the tiles of AMX. Scores,
// exponentials and sums are floats. Compiled by attention.c after the passes of AVX-512, whose exponentials it takes.
//
// What is multiplied from the right lies in tiles of sixteen pairs of terms by sixteen columns, for either.
//
// Every row is multiplied with whole blocks: what it does not see counts 0 times. So that a row's bits are its own all the
// same, a block whose values are not all finite is laid out anew for every row.

enum { NARROW_ROWS = 32, NARROW_TERMS = 32, NARROW_TILE = 512 };

typedef uint16_t bf16_t;

static inline int64_t whole_tiles(int64_t count) { return (count + NARROW_TERMS - 1) / NARROW_TERMS * NARROW_TERMS; }

// The first of sixteen lanes, or all of them.
ALWAYS_INLINE __mmask16 first_lanes(int64_t count) {
  return count >= 16 ? 0xffff : count <= 0 ? 0 : (__mmask16)((1u << count) - 1);
}

// Floats of a row from `column` on as 32 bf16, zeros beyond the end.
ALWAYS_INLINE __m512i narrow_32(const float *row, int64_t column, int64_t size) {
  return (__m512i)_mm512_cvtne2ps_pbh(_mm512_maskz_loadu_ps(first_lanes(size - column - 16), row + column + 16),
                                      _mm512_maskz_loadu_ps(first_lanes(size - column), row + column));
}

// The queries' heads below each other as bf16, [rows, whole tiles].
static void narrow_heads(const dmoe_attention_shape *shape, int64_t queries, const float *q, bf16_t *to) {
  const int64_t size = shape->head_size, width = whole_tiles(size);
  for (int64_t r = 0; r < queries * shape->group; r++)
    for (int64_t c = 0; c < width; c += NARROW_TERMS)
      _mm512_storeu_si512(
          to + r * width + c,
          narrow_32(q + r / shape->group * shape->query_stride + r % shape->group * size, c, size));
}

// A block of keys as tiles [channels / 32, keys / 16] of sixteen pairs of channels by sixteen keys.
static void lay_out_keys(const float *k, int64_t stride, const int64_t *places, int64_t count, int64_t size, bf16_t *to) {
  for (int64_t c = 0; c < size; c += NARROW_TERMS)
    for (int64_t j = 0; j < BLOCK; j += 16, to += NARROW_TILE) {
      sixteen x[16];
      UNROLL for (int i = 0; i < 16; i++)
        x[i] = j + i < count ? (sixteen)narrow_32(k + places[j + i] * stride, c, size) : (sixteen)(0);
      transpose_avx512(x);
      UNROLL for (int i = 0; i < 16; i++) *(sixteen *)(to + 32 * i) = x[i];
    }
}

// A block of values as tiles [values / 32, channels / 16] of sixteen pairs of values by sixteen channels; those outside
// begin ..< end are 0. Whether all of them are finite.
static bool lay_out_values(const float *v, int64_t stride, const int64_t *places, range_t kept, int64_t size, bf16_t *to) {
  const int64_t width = whole_tiles(size);
  __mmask16 strange = 0;
  for (int64_t j = 0; j < BLOCK; j += 2) {
    const float *rows[2];
    __mmask16 isKept[2];
    for (int i = 0; i < 2; i++) {
      isKept[i] = j + i >= kept.begin && j + i < kept.end ? 0xffff : 0;
      rows[i] = isKept[i] ? v + places[j + i] * stride : v;
    }
    bf16_t *pairs = to + j / 32 * (width / 16) * NARROW_TILE + j % 32 * 16;
    for (int64_t c = 0; c < width; c += 16, pairs += NARROW_TILE) {
      const __mmask16 there = first_lanes(size - c);
      const __m512 even = _mm512_maskz_loadu_ps(there & isKept[0], rows[0] + c);
      const __m512 odd = _mm512_maskz_loadu_ps(there & isKept[1], rows[1] + c);
      strange |= _mm512_fpclass_ps_mask(even, 0x99) | _mm512_fpclass_ps_mask(odd, 0x99);  // infinite, or no number
      const __m512i low = _mm512_cvtepu16_epi32((__m256i)_mm512_cvtneps_pbh(even));
      const __m512i high = _mm512_cvtepu16_epi32((__m256i)_mm512_cvtneps_pbh(odd));
      _mm512_storeu_si512(pairs, _mm512_or_si512(low, _mm512_slli_epi32(high, 16)));
    }
  }
  return strange == 0;
}

// c = a b for some rows: a is [rows, terms] with rows `a_stride` numbers apart, b tiles [terms / 32, tiles], of whose columns
// the first, a multiple of 32, are asked for; c has `c_stride` floats a row. Terms are a multiple of 32.
typedef struct {
  int64_t terms;
  int64_t columns;
  int64_t a_stride;
  int64_t tiles;
  int64_t c_stride;
} narrow_product_t;

typedef void narrow_multiply_t(const narrow_product_t *p, int64_t rows, const bf16_t *a, const bf16_t *b, float *c);

ALWAYS_INLINE void dot_tile(const int rows, const int vectors, const narrow_product_t *p, const bf16_t *a, const bf16_t *b,
                            float *c) {
  __m512 sums[TILE_ROWS][4];
  UNROLL for (int r = 0; r < rows; r++)
    UNROLL for (int n = 0; n < vectors; n++) sums[r][n] = _mm512_setzero_ps();
  for (int64_t t = 0; t < p->terms; t += 2) {
    const bf16_t *pairs = b + t / 32 * p->tiles * NARROW_TILE + t % 32 * 16;
    __m512bh right[4];
    UNROLL for (int n = 0; n < vectors; n++) right[n] = (__m512bh)_mm512_loadu_si512(pairs + n * NARROW_TILE);
    UNROLL for (int r = 0; r < rows; r++) {
      int32_t pair;
      memcpy(&pair, a + r * p->a_stride + t, sizeof pair);
      const __m512bh left = (__m512bh)_mm512_set1_epi32(pair);
      UNROLL for (int n = 0; n < vectors; n++) sums[r][n] = _mm512_dpbf16_ps(sums[r][n], left, right[n]);
    }
  }
  UNROLL for (int r = 0; r < rows; r++)
    UNROLL for (int n = 0; n < vectors; n++) _mm512_storeu_ps(c + r * p->c_stride + 16 * n, sums[r][n]);
}

static void multiply_dots(const narrow_product_t *p, int64_t rows, const bf16_t *a, const bf16_t *b, float *c) {
#define TILE(height, width) \
  case (height) * 8 + (width): \
    dot_tile(height, width, p, a + r * p->a_stride, b + n / 16 * NARROW_TILE, c + r * p->c_stride + n); \
    break;
#define TILES(width) TILE(1, width) TILE(2, width) TILE(3, width) TILE(4, width) TILE(5, width) TILE(6, width)
  for (int64_t r = 0; r < rows; r += TILE_ROWS)
    for (int64_t n = 0; n < p->columns; n += 64)
      switch (smaller(TILE_ROWS, rows - r) * 8 + smaller(4, (p->columns - n) / 16)) {
        TILES(2)
        TILES(4)
      }
#undef TILES
#undef TILE
}

ALWAYS_INLINE void add_scaled(float *sum, float factor, const float *fresh, int64_t count) {
  for (int64_t c = 0; c < count; c += 16)
    *(sixteen *)(sum + c) =
        __builtin_elementwise_fma(*(sixteen *)(sum + c), (sixteen)(factor), *(const sixteen *)(fresh + c));
}

static int64_t narrow_scratch(const dmoe_attention_shape *shape, int64_t queries) {
  const int64_t rows = queries * shape->group, width = whole_tiles(shape->head_size);
  return BLOCK * width + (rows + NARROW_ROWS) * width / 2 + rows * (width + 16) + NARROW_ROWS * (BLOCK + BLOCK / 2 + width) +
         whole_registers(rows);
}

static void forward_narrow(const dmoe_attention_shape *shape, const dmoe_queries *queries, const float *q, const float *k,
                           const float *v, float *y, float *statistics, float *scratch, narrow_multiply_t *multiply) {
  const int64_t size = shape->head_size, width = whole_tiles(size), group = shape->group;
  const int64_t rows = queries->count * group, end = queries->column + queries->count;
  const int64_t window = smaller(shape->window, end);
  const exponent_t exponent = exponent_of(shape);
  bf16_t *keys = (bf16_t *)scratch;                // tiles of a block
  bf16_t *values = keys + BLOCK * width;           // tiles of a block
  bf16_t *own = values + BLOCK * width;            // [rows + 32, width], the queries
  float *read = scratch + BLOCK * width + (rows + NARROW_ROWS) * width / 2;  // [rows, width], the sums so far
  float *partials = read + rows * width;           // [rows, 16]
  float *scores = partials + rows * 16;            // [32, 64]
  bf16_t *shares = (bf16_t *)(scores + NARROW_ROWS * BLOCK);                 // [32, 64], the exponentials
  float *fresh = scores + NARROW_ROWS * (BLOCK + BLOCK / 2);                 // [32, width]
  float *tops = fresh + NARROW_ROWS * width;          // [rows]
  narrow_heads(shape, queries->count, q, own);
  memset(own + rows * width, 0, sizeof(bf16_t) * (size_t)(NARROW_ROWS * width));
  memset(read, 0, sizeof(float) * (size_t)(rows * (width + 16)));  // and partials
  for (int64_t r = 0; r < rows; r++) tops[r] = -INFINITY;

  for (int64_t start = first_block(shape, queries); start < end; start += BLOCK) {
    int64_t places[BLOCK];
    const int64_t count = rows_of_block(queries, start, places);
    const range_t all = {0, count};
    lay_out_keys(k, shape->key_stride, places, count, size, keys);
    const bool isFinite = lay_out_values(v, shape->key_stride, places, all, size, values);
    ask_for_block(shape, queries, start + BLOCK, k, v);
    const range_t seeing = seeing_rows(shape, queries, start);
    for (int64_t r = seeing.begin; r < seeing.end; r += NARROW_ROWS) {
      const int64_t height = smaller(NARROW_ROWS, seeing.end - r);
      range_t seen[NARROW_ROWS];
      float factors[NARROW_ROWS];
      for (int64_t i = 0; i < height; i++) seen[i] = seen_columns(queries->column + (r + i) / group, window, start);
      const int64_t last = whole_tiles(seen[height - 1].end);
      const narrow_product_t score = {width, last, width, BLOCK / 16, BLOCK};
      multiply(&score, height, own + r * width, keys, scores);
      for (int64_t i = 0; i < height; i += 16)
        exponentials_avx512(scores + i * BLOCK, seen + i, smaller(16, height - i), exponent, tops + r + i,
                            partials + 16 * (r + i), factors + i);
      for (int64_t i = 0; i < height; i++)
        for (int64_t j = 0; j < BLOCK; j += 32)
          _mm512_storeu_si512(shares + i * BLOCK + j, narrow_32(scores + i * BLOCK, j, BLOCK));
      const narrow_product_t reading = {last, width, BLOCK, width / 16, width};
      if (isFinite) {
        multiply(&reading, height, shares, values, fresh);
        for (int64_t i = 0; i < height; i++) add_scaled(read + (r + i) * width, factors[i], fresh + i * width, width);
        continue;
      }
      for (int64_t i = 0; i < height; i++) {
        lay_out_values(v, shape->key_stride, places, seen[i], size, values);
        multiply(&reading, height, shares, values, fresh);
        add_scaled(read + (r + i) * width, factors[i], fresh + i * width, width);
      }
      lay_out_values(v, shape->key_stride, places, all, size, values);
    }
  }

  for (int64_t r = 0; r < rows; r++) {
    const float inverse = inverse_of_sum(partials + 16 * r);
    float *to = y + r / group * shape->query_stride + r % group * size;
    // Adding 0 takes its sign from a zero, which may be of what counted 0 times.
    for (int64_t c = 0; c < size; c++) to[c] = read[r * width + c] * inverse + 0.0f;
    if (statistics) {
      statistics[2 * r] = finite_base(tops[r]);
      statistics[2 * r + 1] = inverse;
    }
  }
}

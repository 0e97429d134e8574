// Products, exponentials and copies of attention, compiled once for every instruction set by attention.c, which defines
//   DMOE_SET(name)  the name of a function in this set
//   LANES           floats of a register
//   VECTORS         registers side by side in a tile; with six rows and what they are multiplied by they fill the file
//   FUSED           whether there are fused multiply-adds
// Lanes and tiles decide nothing but speed: every element of a product is one chain of multiply-adds in the order of its
// terms.

typedef float DMOE_SET(lanes) __attribute__((ext_vector_type(LANES), aligned(4)));

#undef MULTIPLY_ADD
#if FUSED
#define MULTIPLY_ADD(a, b, c) __builtin_elementwise_fma(a, b, c)
#else
#define MULTIPLY_ADD(a, b, c) ((a) * (b) + (c))
#endif

// A tile of a product. A constant number of rows and vectors makes the sums registers.
ALWAYS_INLINE void DMOE_SET(tile)(const int rows, const int vectors, const product_t *p, const float *a, const float *b,
                                  float *c, const float *factors) {
  DMOE_SET(lanes) sums[TILE_ROWS][VECTORS];
  const int64_t a_row = p->a_row, a_term = p->a_term, b_stride = p->b_stride, c_stride = p->c_stride;
#pragma unroll
  for (int r = 0; r < rows; r++)
#pragma unroll
    for (int n = 0; n < vectors; n++)
      sums[r][n] = p->sum == chain_on ? *(DMOE_SET(lanes) *)(c + r * c_stride + n * LANES) : (DMOE_SET(lanes))(0);
  for (int64_t t = p->terms; t > 0; t--) {
    DMOE_SET(lanes) right[VECTORS];
#pragma unroll
    for (int n = 0; n < vectors; n++) right[n] = *(const DMOE_SET(lanes) *)(b + n * LANES);
#pragma unroll
    for (int r = 0; r < rows; r++) {
      const DMOE_SET(lanes) left = a[r * a_row];
#pragma unroll
      for (int n = 0; n < vectors; n++) sums[r][n] = MULTIPLY_ADD(left, right[n], sums[r][n]);
    }
    a += a_term;
    b += b_stride;
  }
#pragma unroll
  for (int r = 0; r < rows; r++) {
    const DMOE_SET(lanes) factor = p->sum == scale_and_add ? factors[r] : 1;
#pragma unroll
    for (int n = 0; n < vectors; n++) {
      DMOE_SET(lanes) *to = (DMOE_SET(lanes) *)(c + r * c_stride + n * LANES);
      *to = p->sum == scale_and_add ? MULTIPLY_ADD(*to, factor, sums[r][n]) : sums[r][n];
    }
  }
}

#define TILE(rows, vectors) \
  case (rows) * 8 + (vectors): \
    DMOE_SET(tile)(rows, vectors, p, ar, b + n, c + r * p->c_stride + n, factors + r); \
    break;
#define TILES(vectors) \
  TILE(1, vectors) TILE(2, vectors) TILE(3, vectors) TILE(4, vectors) TILE(5, vectors) TILE(6, vectors)

// Some rows and columns of a product. Columns are whole registers: up to 15 more are read of b and written of c.
static void DMOE_SET(product)(const product_t *p, int64_t rows, int64_t columns, const float *a, const float *b, float *c,
                              const float *factors) {
  for (int64_t r = 0; r < rows; r += TILE_ROWS) {
    const int64_t height = smaller(TILE_ROWS, rows - r);
    const float *ar = a + r * p->a_row;
    for (int64_t n = 0; n < columns; n += VECTORS * LANES) {
      switch (height * 8 + smaller(VECTORS, (columns - n + LANES - 1) / LANES)) {
        TILES(1)
        TILES(2)
#if VECTORS > 2
        TILES(3)
        TILES(4)
#endif
      }
    }
  }
}

#undef TILE
#undef TILES

// 2^t for t of at most 0, or not a number; what would be below the smallest normal number is 0. t = n + r, a polynomial in
// r of at most a half, n put into the exponent: the relative error is below 1e-7.
ALWAYS_INLINE sixteen DMOE_SET(power)(sixteen t) {
  t = t < -127.0f ? (sixteen)(-127.0f) : t;
  const sixteen shift = 12582912.0f;  // 1.5 * 2^23: adding it rounds to an integer and leaves that in the low bits
  const sixteen shifted = t + shift;
  const sixteen r = t - (shifted - shift);
  sixteen p = 1.5353361959569156e-4f;
  p = MULTIPLY_ADD(p, r, (sixteen)(1.3398875016719103e-3f));
  p = MULTIPLY_ADD(p, r, (sixteen)(9.618436917662621e-3f));
  p = MULTIPLY_ADD(p, r, (sixteen)(5.5503323674201965e-2f));
  p = MULTIPLY_ADD(p, r, (sixteen)(2.4022647738456726e-1f));
  p = MULTIPLY_ADD(p, r, (sixteen)(6.931471824645996e-1f));
  p = MULTIPLY_ADD(p, r, (sixteen)(1.0f));
  const sixteen_places n = (sixteen_places)shifted - 0x4b400000;
  return p * (sixteen)((n + 127) << 23);
}

// The greatest of sixteen; not a number only if one of them is.
ALWAYS_INLINE float DMOE_SET(largest)(sixteen x) {
  sixteen other = __builtin_shufflevector(x, x, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7);
  x = other > x ? other : x;
  other = __builtin_shufflevector(x, x, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11);
  x = other > x ? other : x;
  other = __builtin_shufflevector(x, x, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13);
  x = other > x ? other : x;
  other = __builtin_shufflevector(x, x, 1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14);
  x = other > x ? other : x;
  return x[0];
}

// Transposes 16 rows: in four steps rows whose numbers differ in one bit exchange halves, quarters, ... of themselves.
#define EXCHANGE(bit, ...) \
  _Pragma("unroll") for (int i = 0; i < 16; i++) if (!(i & bit)) { \
    const sixteen a = x[i], b = x[i + bit]; \
    x[i] = __builtin_shufflevector(a, b, __VA_ARGS__); \
    x[i + bit] = DMOE_SET(other_##bit)(a, b); \
  }

ALWAYS_INLINE sixteen DMOE_SET(other_8)(sixteen a, sixteen b) {
  return __builtin_shufflevector(a, b, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31);
}
ALWAYS_INLINE sixteen DMOE_SET(other_4)(sixteen a, sixteen b) {
  return __builtin_shufflevector(a, b, 4, 5, 6, 7, 20, 21, 22, 23, 12, 13, 14, 15, 28, 29, 30, 31);
}
ALWAYS_INLINE sixteen DMOE_SET(other_2)(sixteen a, sixteen b) {
  return __builtin_shufflevector(a, b, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31);
}
ALWAYS_INLINE sixteen DMOE_SET(other_1)(sixteen a, sixteen b) {
  return __builtin_shufflevector(a, b, 1, 17, 3, 19, 5, 21, 7, 23, 9, 25, 11, 27, 13, 29, 15, 31);
}

ALWAYS_INLINE void DMOE_SET(transpose)(sixteen x[16]) {
  EXCHANGE(8, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23)
  EXCHANGE(4, 0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27)
  EXCHANGE(2, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29)
  EXCHANGE(1, 0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12, 28, 14, 30)
}

#undef EXCHANGE

// Rows of a matrix as columns, [size, 64]; columns without a row are 0.
static void DMOE_SET(turn)(const float *from, int64_t stride, const int64_t *rows, int64_t count, int64_t size, float *to) {
  for (int64_t j = 0; j < BLOCK; j += 16) {
    int64_t c = 0;
    for (; j + 16 <= count && c + 16 <= size; c += 16) {
      sixteen x[16];
#pragma unroll
      for (int i = 0; i < 16; i++) x[i] = *(const sixteen *)(from + rows[j + i] * stride + c);
      DMOE_SET(transpose)(x);
#pragma unroll
      for (int i = 0; i < 16; i++) *(sixteen *)(to + (c + i) * BLOCK + j) = x[i];
    }
    for (; c < size; c++)
      for (int64_t i = j; i < j + 16; i++) to[c * BLOCK + i] = i < count ? from[rows[i] * stride + c] : 0;
  }
}

// A row, and zeros up to whole registers.
ALWAYS_INLINE void DMOE_SET(copy_row)(const float *from, int64_t size, float *to) {
  int64_t c = 0;
  for (; c + 16 <= size; c += 16) *(sixteen *)(to + c) = *(const sixteen *)(from + c);
  for (int64_t i = c; i < whole_registers(size); i++) to[i] = i < size ? from[i] : 0;
}

// Rows of a matrix below each other, [count, whole registers].
static void DMOE_SET(gather)(const float *from, int64_t stride, const int64_t *rows, int64_t count, int64_t size,
                             float *to) {
  for (int64_t j = 0; j < count; j++) DMOE_SET(copy_row)(from + rows[j] * stride, size, to + j * whole_registers(size));
}

// The queries' rows of a matrix below each other, the heads of a query as neighbors: [queries * group, whole registers].
static void DMOE_SET(gather_heads)(const dmoe_attention_shape *shape, int64_t queries, const float *from, float *to) {
  const int64_t size = shape->head_size, padded = whole_registers(size);
  for (int64_t i = 0; i < queries; i++)
    for (int64_t h = 0; h < shape->group; h++)
      DMOE_SET(copy_row)(from + i * shape->query_stride + h * size, size, to + (i * shape->group + h) * padded);
}

// A row of a block, in which what is not seen is `hidden`.
ALWAYS_INLINE void DMOE_SET(load_seen)(const float *row, range_t seen, float hidden, sixteen x[4]) {
  const sixteen_places places = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
#pragma unroll
  for (int i = 0; i < 4; i++) x[i] = *(const sixteen *)(row + 16 * i);
  if (seen.begin == 0 && seen.end == BLOCK) return;
#pragma unroll
  for (int i = 0; i < 4; i++) {
    const sixteen_places column = places + 16 * i;
    const sixteen_places sees = (column >= (int32_t)seen.begin) & (column < (int32_t)seen.end);
    x[i] = sees ? x[i] : (sixteen)(hidden);
  }
}

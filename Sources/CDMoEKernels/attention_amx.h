// Products in bf16 in the tiles of AMX: sixteen rows by sixteen columns, thirty-two terms at a time. Compiled by attention.c.

// What LDTILECFG reads.
typedef struct {
  uint8_t palette, start_row, reserved[14];
  uint16_t row_bytes[16];
  uint8_t rows[16];
} tile_shapes;

// As `multiply_dots`, but 32 rows of a are read and of c written, whatever is asked for.
static void multiply_tiles(const narrow_product_t *p, int64_t rows, const bf16_t *a, const bf16_t *b, float *c) {
  (void)rows;
  for (int64_t n = 0; n < p->columns; n += 32) {
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
    for (int64_t t = 0; t < p->terms; t += NARROW_TERMS) {
      const bf16_t *right = b + (t / 32 * p->tiles + n / 16) * NARROW_TILE;
      _tile_loadd(4, a + t, 2 * p->a_stride);
      _tile_loadd(6, right, 64);
      _tile_loadd(7, right + NARROW_TILE, 64);
      _tile_loadd(5, a + 16 * p->a_stride + t, 2 * p->a_stride);
      _tile_dpbf16ps(0, 4, 6);
      _tile_dpbf16ps(1, 4, 7);
      _tile_dpbf16ps(2, 5, 6);
      _tile_dpbf16ps(3, 5, 7);
    }
    _tile_stored(0, c + n, 4 * p->c_stride);
    _tile_stored(1, c + n + 16, 4 * p->c_stride);
    _tile_stored(2, c + 16 * p->c_stride + n, 4 * p->c_stride);
    _tile_stored(3, c + 16 * p->c_stride + n + 16, 4 * p->c_stride);
  }
}

static void forward_amx(const dmoe_attention_shape *shape, const dmoe_queries *queries, const float *q, const float *k,
                        const float *v, float *y, float *statistics, float *scratch) {
  tile_shapes shapes = {.palette = 1};
  for (int i = 0; i < 8; i++) {
    shapes.row_bytes[i] = 64;
    shapes.rows[i] = 16;
  }
  _tile_loadconfig(&shapes);
  forward_narrow(shape, queries, q, k, v, y, statistics, scratch, multiply_tiles);
  _tile_release();
}

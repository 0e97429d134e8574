// The float road and the gradient. Rows whose places in memory crowd into a few sets of the caches (strides that are a
// power of two) are copied to a panel first.
#include <string.h>

#include "stored_drive.h"

static void copy_rows(const float *source, int64_t source_stride, int64_t rows, int64_t columns, float *target,
                      int64_t stride) {
  for (int64_t r = 0; r < rows; r++) {
    memcpy(target + r * stride, source + r * source_stride, (size_t)columns * sizeof(float));
  }
}

// Rows at such a distance share a few sets of an L1 cache.
static bool is_crowded(int64_t stride) { return stride % 512 == 0; }

static void unpack_floats(const dmoe_stored_matrix *weights, int64_t first_output, int64_t outputs, int64_t input,
                          int64_t inputs, const stored_scratch *scratch) {
  const stored_kernels *kernels = stored_current_kernels();
  const stored_traits traits = stored_traits_of(weights->format);
  const uint8_t *places[tile_outputs];
  stored_tile_rows(weights, &traits, first_output, outputs, input, places);
  if (traits.group) {
    kernels->unpack(weights->format, places, NULL, inputs / 32, &scratch->tile);
    kernels->widen(&traits, &scratch->tile, inputs / 32, scratch->values);
  } else {
    kernels->transpose(weights->format, places, inputs, scratch->values);
  }
}

static void multiply_tile(const dmoe_stored_matrix *weights, int64_t first_output, int64_t outputs, const float *x,
                          int64_t ldx, int64_t rows, float *y, int64_t ldy, const stored_scratch *scratch) {
  for (int64_t k = 0; k < weights->inputs; k += STORED_FLOAT_CHUNK) {
    const int64_t inputs = MIN(STORED_FLOAT_CHUNK, weights->inputs - k);
    unpack_floats(weights, first_output, outputs, k, inputs, scratch);
    const stored_target target = {y, ldy, outputs, k == 0};
    stored_current_kernels()->product(x + k, ldx, scratch->values, tile_outputs, inputs, rows, &target);
  }
}

// A panel of rows, a chunk of inputs at a time over all outputs.
static void multiply_panel(const dmoe_stored_matrix *weights, int64_t first_output, int64_t outputs, const float *x,
                           int64_t ldx, int64_t rows, float *y, int64_t ldy, const stored_scratch *scratch) {
  for (int64_t k = 0; k < weights->inputs; k += STORED_FLOAT_CHUNK) {
    const int64_t inputs = MIN(STORED_FLOAT_CHUNK, weights->inputs - k);
    copy_rows(x + k, ldx, rows, inputs, scratch->pack, STORED_PACK_STRIDE);
    for (int64_t o = first_output; o < first_output + outputs; o += tile_outputs) {
      const int64_t count = MIN(tile_outputs, first_output + outputs - o);
      unpack_floats(weights, o, count, k, inputs, scratch);
      const stored_target target = {y + o, ldy, count, k == 0};
      stored_current_kernels()->product(scratch->pack, STORED_PACK_STRIDE, scratch->values, tile_outputs, inputs, rows,
                                        &target);
    }
  }
}

void dmoe_stored_multiply_float(const dmoe_stored_matrix *weights, int64_t first_output, int64_t outputs,
                                const float *x, int64_t ldx, int64_t rows, float *y, int64_t ldy, void *memory) {
  const stored_scratch scratch = stored_divide_scratch(memory, weights->inputs);
  if (is_crowded(ldx)) {
    for (int64_t r = 0; r < rows; r += STORED_PANEL_ROWS) {
      multiply_panel(weights, first_output, outputs, x + r * ldx, ldx, MIN(STORED_PANEL_ROWS, rows - r), y + r * ldy,
                     ldy, &scratch);
    }
    return;
  }
  for (int64_t o = first_output; o < first_output + outputs; o += tile_outputs) {
    multiply_tile(weights, o, MIN(tile_outputs, first_output + outputs - o), x, ldx, rows, y + o, ldy, &scratch);
  }
}

// Gradient

// Adds a panel's products with a tile of dequantized rows.
static void add_back(const stored_scratch *scratch, int64_t outputs, int64_t width, int64_t rows) {
  for (int64_t c = 0; c < width; c += tile_outputs) {
    const stored_target target = {scratch->pack + c, STORED_PACK_STRIDE, MIN(tile_outputs, width - c), false};
    stored_current_kernels()->product(scratch->slice, STORED_SLICE_STRIDE, scratch->values + c, STORED_BACK_STRIDE,
                                      outputs, rows, &target);
  }
}

// A panel of rows and a chunk of inputs over all outputs.
static void back_panel(const dmoe_stored_matrix *weights, int64_t input, int64_t width, const float *dy, int64_t lddy,
                       int64_t rows, float *dx, int64_t lddx, const stored_scratch *scratch) {
  const stored_traits traits = stored_traits_of(weights->format);
  copy_rows(dx + input, lddx, rows, width, scratch->pack, STORED_PACK_STRIDE);
  for (int64_t o = 0; o < weights->outputs; o += STORED_BACK_OUTPUTS) {
    const int64_t count = MIN(STORED_BACK_OUTPUTS, weights->outputs - o);
    for (int64_t i = 0; i < count; i++) {
      const uint8_t *source = stored_row(weights, o + i) + input / traits.block_size * traits.block_bytes;
      stored_dequantize(weights->format, source, width, scratch->values + i * STORED_BACK_STRIDE);
    }
    copy_rows(dy + o, lddy, rows, count, scratch->slice, STORED_SLICE_STRIDE);
    add_back(scratch, count, width, rows);
  }
  copy_rows(scratch->pack, STORED_PACK_STRIDE, rows, width, dx + input, lddx);
}

void dmoe_stored_multiply_back(const dmoe_stored_matrix *weights, int64_t first_input, int64_t inputs, const float *dy,
                               int64_t lddy, int64_t rows, float *dx, int64_t lddx, void *memory) {
  const stored_scratch scratch = stored_divide_scratch(memory, weights->inputs);
  for (int64_t k = first_input; k < first_input + inputs; k += STORED_FLOAT_CHUNK) {
    const int64_t width = MIN(STORED_FLOAT_CHUNK, first_input + inputs - k);
    for (int64_t r = 0; r < rows; r += STORED_PANEL_ROWS) {
      back_panel(weights, k, width, dy + r * lddy, lddy, MIN(STORED_PANEL_ROWS, rows - r), dx + r * lddx, lddx,
                 &scratch);
    }
  }
}

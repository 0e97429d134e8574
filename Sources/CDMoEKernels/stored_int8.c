// The int8 road: rows are quantized once, then panels of rows, tiles of outputs and chunks of inputs are multiplied.
#include "stored_drive.h"

// Few rows wait for memory: then the tile that follows is asked for while one is unpacked.
enum { few_rows = 64 };

// The places of what follows a tile: its next chunk, or the next tile's first one, as far as there are outputs.
static void next_tile_rows(const dmoe_stored_matrix *weights, const stored_traits *traits, int64_t first_output,
                           int64_t last_output, int64_t next_input, const uint8_t *rows[tile_outputs]) {
  const bool ends = next_input >= weights->inputs;
  const int64_t first = ends ? MIN(first_output + tile_outputs, last_output) : first_output;
  stored_tile_rows(weights, traits, first, MIN(tile_outputs, last_output + 1 - first), ends ? 0 : next_input, rows);
}


// A row is [inputs] bytes, [inputs / 32] scales, [inputs / 16] sums of bytes; the next begins at a multiple of 64.
size_t dmoe_stored_row_bytes(int64_t inputs) {
  return (size_t)(inputs + inputs / 32 * (int64_t)sizeof(float) + inputs / 16 * (int64_t)sizeof(int16_t) + 63) / 64 * 64;
}

void dmoe_stored_quantize_rows(const float *x, int64_t ldx, int64_t rows, int64_t inputs, void *target) {
  const stored_kernels *kernels = stored_current_kernels();
  int8_t *quants = target;
  for (int64_t r = 0; r < rows; r++, quants += dmoe_stored_row_bytes(inputs)) {
    float *scales = (float *)(quants + inputs);
    kernels->quantize(x + r * ldx, inputs, quants, scales, (int16_t *)(scales + inputs / 32));
  }
}

static void multiply_tile(const stored_kernels *kernels, const dmoe_stored_matrix *weights,
                          const stored_traits *traits, int64_t first_output, int64_t last_output,
                          const stored_rows *panel, float *y, int64_t ldy, const stored_scratch *scratch) {
  const int64_t outputs = MIN(tile_outputs, last_output + 1 - first_output);
  for (int64_t k = 0; k < weights->inputs; k += STORED_CHUNK) {
    const int64_t blocks = MIN(STORED_CHUNK, weights->inputs - k) / 32;
    const uint8_t *rows[tile_outputs], *next[tile_outputs];
    stored_tile_rows(weights, traits, first_output, outputs, k, rows);
    if (panel->rows <= few_rows) next_tile_rows(weights, traits, first_output, last_output, k + STORED_CHUNK, next);
    kernels->unpack(weights->format, rows, panel->rows <= few_rows ? next : NULL, blocks, &scratch->tile);
    stored_rows chunk = *panel;
    chunk.quants += k;
    chunk.scales += k / 32 * 16;
    chunk.corrections += k / traits->group * 16;
    const stored_target target = {y, ldy, outputs, k == 0};
    kernels->multiply(traits, &scratch->tile, blocks, &chunk, &target);
  }
}

// A panel of rows from `first`, with their scales and sums.
static stored_rows prepare_panel(const stored_kernels *kernels, const stored_traits *traits, int64_t inputs,
                                 const void *quantized_rows, int64_t first, int64_t rows, const stored_panel *panel) {
  const int64_t stride = (int64_t)dmoe_stored_row_bytes(inputs);
  const uint8_t *source = (const uint8_t *)quantized_rows + first * stride;
  kernels->prepare(traits, source, stride, inputs, rows, panel);
  return (stored_rows){(const int8_t *)source,    stride, panel->scales, panel->corrections, panel->scales_stride,
                       panel->corrections_stride, rows};
}

void dmoe_stored_multiply_int8(const dmoe_stored_matrix *weights, int64_t first_output, int64_t outputs,
                               const void *quantized_rows, int64_t rows, float *y, int64_t ldy, void *memory) {
  const stored_kernels *kernels = stored_current_kernels();
  const stored_traits traits = stored_traits_of(weights->format);
  const stored_scratch scratch = stored_divide_scratch(memory, weights->inputs);
  const int64_t inputs = weights->inputs, most = stored_panel_rows(inputs);
  for (int64_t first = 0; first < rows; first += most) {
    const stored_rows panel =
        prepare_panel(kernels, &traits, inputs, quantized_rows, first, MIN(most, rows - first), &scratch.panel);
    for (int64_t o = first_output; o < first_output + outputs; o += tile_outputs) {
      multiply_tile(kernels, weights, &traits, o, first_output + outputs - 1, &panel, y + first * ldy + o, ldy,
                    &scratch);
    }
  }
}

// So many outputs of a panel become bytes together: four blocks are what `quantize` takes at once.
enum { gated_outputs = 4 * tile_outputs };

// The first of the outputs up to `last_output` of a panel, to the rows from `target`, whose first byte is the first row's.
static void multiply_gated(const dmoe_stored_matrix *gate, const dmoe_stored_matrix *up, dmoe_gating gating,
                           int64_t first_output, int64_t last_output, const stored_rows *panel, uint8_t *target,
                           const stored_gated_scratch *scratch) {
  const stored_kernels *kernels = stored_current_kernels();
  const stored_traits traits = stored_traits_of(gate->format);
  const int64_t outputs = MIN(gated_outputs, last_output + 1 - first_output);
  for (int64_t at = 0; at < outputs; at += tile_outputs) {
    const int64_t o = first_output + at;
    multiply_tile(kernels, gate, &traits, o, last_output, panel, scratch->gates + at, outputs, &scratch->product);
    multiply_tile(kernels, up, &traits, o, last_output, panel, scratch->ups + at, outputs, &scratch->product);
  }
  gating(scratch->gates, scratch->ups, scratch->gated, panel->rows * outputs);
  const int64_t all = gate->outputs, stride = (int64_t)dmoe_stored_row_bytes(all);
  for (int64_t r = 0; r < panel->rows; r++, target += stride) {
    float *scales = (float *)(target + all);
    int16_t *sums = (int16_t *)(scales + all / 32);
    kernels->quantize(scratch->gated + r * outputs, outputs, (int8_t *)target + first_output, scales + first_output / 32,
                      sums + first_output / 16);
  }
}

void dmoe_stored_gated_int8(const dmoe_stored_matrix *gate, const dmoe_stored_matrix *up, dmoe_gating gating,
                            int64_t first_output, int64_t outputs, const void *quantized_rows, int64_t rows, void *target,
                            void *memory) {
  const stored_traits traits = stored_traits_of(gate->format);
  const int64_t inputs = gate->inputs, most = stored_panel_rows(inputs), stride = (int64_t)dmoe_stored_row_bytes(gate->outputs);
  const stored_gated_scratch scratch = stored_divide_gated_scratch(memory, inputs);
  for (int64_t first = 0; first < rows; first += most) {
    const stored_rows panel = prepare_panel(stored_current_kernels(), &traits, inputs, quantized_rows, first,
                                            MIN(most, rows - first), &scratch.product.panel);
    for (int64_t o = first_output; o < first_output + outputs; o += gated_outputs) {
      multiply_gated(gate, up, gating, o, first_output + outputs - 1, &panel, (uint8_t *)target + first * stride,
                     &scratch);
    }
  }
}

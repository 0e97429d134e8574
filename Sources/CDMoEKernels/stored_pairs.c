// The bf16 road over tiles of outputs and chunks of inputs.
#include <string.h>

#include "dmoe_precision.h"
#include "stored_drive.h"

static void multiply_bf16_tile(const dmoe_stored_matrix *weights, int64_t first_output, int64_t outputs,
                               const uint16_t *x, int64_t ldx, int64_t rows, float *y, int64_t ldy,
                               const stored_scratch *scratch) {
  const stored_bf16_kernels *kernels = stored_current_bf16_kernels();
  const stored_traits traits = stored_traits_of(weights->format);
  for (int64_t k = 0; k < weights->inputs; k += STORED_CHUNK) {
    const int64_t inputs = MIN(STORED_CHUNK, weights->inputs - k);
    const uint8_t *places[tile_outputs];
    stored_tile_rows(weights, &traits, first_output, outputs, k, places);
    if (traits.group) {
      stored_current_kernels()->unpack(weights->format, places, NULL, inputs / 32, &scratch->tile);
      kernels->narrow(&traits, &scratch->tile, inputs / 32, scratch->pairs);
    } else {
      kernels->transpose(weights->format, places, inputs, scratch->pairs);
    }
    const stored_target target = {y, ldy, outputs, k == 0};
    kernels->product(x + k, ldx, scratch->pairs, inputs, rows, &target);
  }
}

void dmoe_stored_multiply_bf16(const dmoe_stored_matrix *weights, int64_t first_output, int64_t outputs,
                               const uint16_t *x, int64_t ldx, int64_t rows, float *y, int64_t ldy, void *memory) {
  const stored_scratch scratch = stored_divide_scratch(memory, weights->inputs);
  for (int64_t o = first_output; o < first_output + outputs; o += tile_outputs) {
    multiply_bf16_tile(weights, o, MIN(tile_outputs, first_output + outputs - o), x, ldx, rows, y + o, ldy, &scratch);
  }
}

// A tile of outputs. The gates' place holds the narrow rows at the end.
static void multiply_gated_tile(const dmoe_stored_matrix *gate, const dmoe_stored_matrix *up, dmoe_gating gating,
                                int64_t first_output, int64_t outputs, const uint16_t *x, int64_t ldx, int64_t rows,
                                uint16_t *y, int64_t ldy, const stored_gated_scratch *scratch) {
  multiply_bf16_tile(gate, first_output, outputs, x, ldx, rows, scratch->gates, outputs, &scratch->product);
  multiply_bf16_tile(up, first_output, outputs, x, ldx, rows, scratch->ups, outputs, &scratch->product);
  gating(scratch->gates, scratch->ups, scratch->gated, rows * outputs);
  uint16_t *narrow = (uint16_t *)scratch->gates;
  dmoe_narrow_bf16(scratch->gated, narrow, rows * outputs);
  for (int64_t r = 0; r < rows; r++) memcpy(y + r * ldy, narrow + r * outputs, (size_t)outputs * sizeof *y);
}

void dmoe_stored_gated_bf16(const dmoe_stored_matrix *gate, const dmoe_stored_matrix *up, dmoe_gating gating,
                            int64_t first_output, int64_t outputs, const uint16_t *x, int64_t ldx, int64_t rows,
                            uint16_t *y, int64_t ldy, void *memory) {
  const stored_gated_scratch scratch = stored_divide_gated_scratch(memory, gate->inputs);
  enum { most = STORED_GATED_FLOATS / tile_outputs };
  for (int64_t r = 0; r < rows; r += most) {
    for (int64_t o = first_output; o < first_output + outputs; o += tile_outputs) {
      multiply_gated_tile(gate, up, gating, o, MIN(tile_outputs, first_output + outputs - o), x + r * ldx, ldx,
                          MIN(most, rows - r), y + r * ldy + o, ldy, &scratch);
    }
  }
}

// Back: so many outputs of STORED_FLOAT_CHUNK inputs are bf16 at a time, tile beside tile.
enum { back_outputs = STORED_CHUNK, back_tile = back_outputs * tile_outputs };

_Static_assert(back_outputs * STORED_FLOAT_CHUNK * sizeof(uint16_t) <= STORED_PANEL_ROWS * STORED_PACK_STRIDE * sizeof(float),
               "a chunk of bf16 lies in a panel's place");

static void join_outputs(const dmoe_stored_matrix *weights, int64_t input, int64_t width, int64_t first, int64_t outputs,
                         float *values, uint16_t *tiles) {
  const stored_traits traits = stored_traits_of(weights->format);
  const int64_t at = input / traits.block_size * traits.block_bytes;
  float *second = values + STORED_FLOAT_CHUNK;
  for (int64_t o = 0; o < outputs; o += 2) {
    stored_dequantize(weights->format, stored_row(weights, first + o) + at, width, values);
    stored_dequantize(weights->format, stored_row(weights, first + o + 1) + at, width, second);
    stored_current_bf16_kernels()->join(values, second, width, tiles + o * tile_outputs, back_tile);
  }
}

void dmoe_stored_multiply_back_bf16(const dmoe_stored_matrix *weights, int64_t first_input, int64_t inputs,
                                    const uint16_t *dy, int64_t lddy, int64_t rows, float *dx, int64_t lddx,
                                    void *memory) {
  const stored_scratch scratch = stored_divide_scratch(memory, weights->inputs);
  uint16_t *tiles = (uint16_t *)scratch.pack;
  for (int64_t k = first_input; k < first_input + inputs; k += STORED_FLOAT_CHUNK) {
    const int64_t width = MIN(STORED_FLOAT_CHUNK, first_input + inputs - k);
    for (int64_t o = 0; o < weights->outputs; o += back_outputs) {
      const int64_t outputs = MIN(back_outputs, weights->outputs - o);
      join_outputs(weights, k, width, o, outputs, scratch.values, tiles);
      for (int64_t c = 0; c < width; c += tile_outputs) {
        const stored_target target = {dx + k + c, lddx, tile_outputs, false};
        stored_current_bf16_kernels()->product(dy + o, lddy, tiles + c / tile_outputs * back_tile, outputs, rows,
                                               &target);
      }
    }
  }
}

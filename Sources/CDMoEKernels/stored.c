// The products over whole matrices: they walk panels of rows, tiles of outputs and chunks of inputs, and leave each to
// the kernels of the level in use.
#include "dmoe_stored.h"

#include <stdatomic.h>
#include <string.h>

#include "dmoe_cpu.h"
#include "dmoe_dequantize.h"
#include "stored_kernels.h"

#define MIN(a, b) ((a) < (b) ? (a) : (b))

enum { tile_outputs = DMOE_STORED_TILE };

// Formats

stored_traits stored_traits_of(dmoe_stored_format format) {
  switch (format) {
    case DMOE_STORED_F32: return (stored_traits){1, 4, 0, 0, false};
    case DMOE_STORED_F16: return (stored_traits){1, 2, 0, 0, false};
    case DMOE_STORED_BF16: return (stored_traits){1, 2, 0, 0, false};
    case DMOE_STORED_Q4_0: return (stored_traits){32, 18, 32, 8, false};
    case DMOE_STORED_Q4_1: return (stored_traits){32, 20, 32, 0, true};
    case DMOE_STORED_Q5_0: return (stored_traits){32, 22, 32, 16, false};
    case DMOE_STORED_Q5_1: return (stored_traits){32, 24, 32, 0, true};
    case DMOE_STORED_Q8_0: return (stored_traits){32, 34, 32, 128, false};
    case DMOE_STORED_Q2_K: return (stored_traits){256, 84, 16, 0, true};
    case DMOE_STORED_Q3_K: return (stored_traits){256, 110, 16, 4, false};
    case DMOE_STORED_Q4_K: return (stored_traits){256, 144, 32, 0, true};
    case DMOE_STORED_Q5_K: return (stored_traits){256, 176, 32, 0, true};
    case DMOE_STORED_Q6_K: return (stored_traits){256, 210, 16, 32, false};
    case DMOE_STORED_IQ4_NL: return (stored_traits){32, 18, 32, 128, false};
    case DMOE_STORED_IQ4_XS: return (stored_traits){256, 136, 32, 128, false};
  }
  return (stored_traits){0};
}

int64_t dmoe_stored_block_size(dmoe_stored_format format) { return stored_traits_of(format).block_size; }

int64_t dmoe_stored_block_bytes(dmoe_stored_format format) { return stored_traits_of(format).block_bytes; }

bool dmoe_stored_has_int8(dmoe_stored_format format) { return stored_traits_of(format).group != 0; }

static const uint8_t *stored_row(const dmoe_stored_matrix *weights, int64_t output) {
  const int64_t row = weights->row_order ? weights->row_order[output] : output;
  return weights->bytes + row * weights->row_bytes;
}

// The places of a tile's rows at an input; the last stands for those that are missing.
static void tile_rows(const dmoe_stored_matrix *weights, const stored_traits *traits, int64_t first_output,
                      int64_t outputs, int64_t input, const uint8_t *rows[tile_outputs]) {
  const int64_t at = input / traits->block_size * traits->block_bytes;
  for (int64_t i = 0; i < tile_outputs; i++) {
    rows[i] = stored_row(weights, first_output + MIN(i, outputs - 1)) + at;
  }
}

// Scratch

/// The parts of a call's working memory.
typedef struct {
  stored_tile tile;
  float *values;
  int32_t *corrections;
} stored_scratch;

enum {
  alignment = 64,
  quants_bytes = STORED_CHUNK * tile_outputs,
  scales_bytes = STORED_CHUNK / 16 * tile_outputs * 4,
  values_bytes = STORED_FLOAT_CHUNK * tile_outputs * 4 + 128,
  fixed_bytes = quants_bytes + 2 * scales_bytes + values_bytes + alignment,
};

// Rows are worked on in panels whose bytes stay in an L2 cache.
static int64_t panel_rows(int64_t inputs) {
  const int64_t rows = (512 << 10) / (inputs + 1);
  return rows < 16 ? 16 : rows > 256 ? 256 : rows / 4 * 4;
}

size_t dmoe_stored_scratch_bytes(const dmoe_stored_matrix *weights) {
  return fixed_bytes + (size_t)(panel_rows(weights->inputs) * (weights->inputs / 16)) * sizeof(int32_t);
}

static stored_scratch divide_scratch(void *memory) {
  uint8_t *next = (uint8_t *)(((uintptr_t)memory + alignment - 1) / alignment * alignment);
  stored_scratch scratch;
  scratch.tile.quants = next;
  scratch.tile.scales = (float *)(next += quants_bytes);
  scratch.tile.minima = (float *)(next += scales_bytes);
  scratch.values = (float *)(next += scales_bytes);
  scratch.corrections = (int32_t *)(next + values_bytes);
  return scratch;
}

// Levels

static const char *const level_names[] = {"plain", "AVX2", "AVX-512 VNNI", "AMX"};

static const stored_kernels *kernels_of(dmoe_stored_level level) {
#if defined(__x86_64__)
  if (level == DMOE_STORED_AVX512_VNNI) return dmoe_cpu_has_vnni() ? &stored_kernels_avx512 : NULL;
#endif
  return level == DMOE_STORED_PLAIN ? &stored_kernels_plain : NULL;
}

// The level in use plus one; 0 until somebody asks.
static _Atomic int chosen_level;

dmoe_stored_level dmoe_stored_current_level(void) {
  int level = atomic_load_explicit(&chosen_level, memory_order_relaxed);
  if (level == 0) {
    level = DMOE_STORED_AMX + 1;
    while (kernels_of(level - 1) == NULL) level--;
    atomic_store_explicit(&chosen_level, level, memory_order_relaxed);
  }
  return level - 1;
}

bool dmoe_stored_set_level(dmoe_stored_level level) {
  if (kernels_of(level) == NULL) return false;
  atomic_store_explicit(&chosen_level, (int)level + 1, memory_order_relaxed);
  return true;
}

const char *dmoe_stored_level_name(dmoe_stored_level level) { return level_names[level]; }

// int8 road

static void correct_row(const stored_traits *traits, const int16_t *sums, int64_t inputs, int32_t *corrections) {
  const int64_t groups = inputs / traits->group;
  for (int64_t g = 0; g < groups; g++) {
    const int32_t sum = traits->group == 16 ? sums[g] : sums[2 * g] + sums[2 * g + 1];
    const float as_float = (float)sum;
    if (traits->minima) memcpy(corrections + g, &as_float, sizeof as_float);
    else corrections[g] = -traits->offset * sum;
  }
}

static void multiply_tile(const stored_kernels *kernels, const dmoe_stored_matrix *weights,
                          const stored_traits *traits, int64_t first_output, int64_t outputs, const stored_rows *panel,
                          float *y, int64_t ldy, const stored_scratch *scratch) {
  for (int64_t k = 0; k < weights->inputs; k += STORED_CHUNK) {
    const int64_t blocks = MIN(STORED_CHUNK, weights->inputs - k) / 32;
    const uint8_t *rows[tile_outputs];
    tile_rows(weights, traits, first_output, outputs, k, rows);
    kernels->unpack(weights->format, rows, blocks, &scratch->tile);
    stored_rows chunk = *panel;
    chunk.quants += k;
    chunk.scales += k / 32;
    chunk.corrections += k / traits->group;
    const stored_target target = {y, ldy, outputs, k == 0};
    kernels->multiply(traits, &scratch->tile, blocks, &chunk, &target);
  }
}

void dmoe_stored_multiply_int8(const dmoe_stored_matrix *weights, int64_t first_output, int64_t outputs,
                               const void *quantized_rows, int64_t rows, float *y, int64_t ldy, void *memory) {
  const stored_kernels *kernels = kernels_of(dmoe_stored_current_level());
  const stored_traits traits = stored_traits_of(weights->format);
  const stored_scratch scratch = divide_scratch(memory);
  const int64_t inputs = weights->inputs, stride = (int64_t)dmoe_stored_row_bytes(inputs), most = panel_rows(inputs);
  for (int64_t first = 0; first < rows; first += most) {
    const uint8_t *source = (const uint8_t *)quantized_rows + first * stride;
    const stored_rows panel = {
        (const int8_t *)source, (const float *)(source + inputs), stride, scratch.corrections, inputs / traits.group,
        MIN(most, rows - first)};
    for (int64_t r = 0; r < panel.rows; r++) {
      const int16_t *sums = (const int16_t *)(source + r * stride + inputs + inputs / 32 * 4);
      correct_row(&traits, sums, inputs, scratch.corrections + r * panel.correction_stride);
    }
    for (int64_t o = first_output; o < first_output + outputs; o += tile_outputs) {
      multiply_tile(kernels, weights, &traits, o, MIN(tile_outputs, first_output + outputs - o), &panel,
                    y + first * ldy + o, ldy, &scratch);
    }
  }
}

// Float road

static void multiply_float_tile(const stored_kernels *kernels, const dmoe_stored_matrix *weights, int64_t first_output,
                                int64_t outputs, const float *x, int64_t ldx, int64_t rows, float *y, int64_t ldy,
                                const stored_scratch *scratch) {
  const stored_traits traits = stored_traits_of(weights->format);
  for (int64_t k = 0; k < weights->inputs; k += STORED_FLOAT_CHUNK) {
    const int64_t inputs = MIN(STORED_FLOAT_CHUNK, weights->inputs - k);
    const uint8_t *places[tile_outputs];
    tile_rows(weights, &traits, first_output, outputs, k, places);
    if (traits.group) {
      kernels->unpack(weights->format, places, inputs / 32, &scratch->tile);
      kernels->widen(&traits, &scratch->tile, inputs / 32, scratch->values);
    } else {
      kernels->transpose(weights->format, places, inputs, scratch->values);
    }
    const stored_target target = {y, ldy, outputs, k == 0};
    kernels->product(x + k, ldx, scratch->values, tile_outputs, inputs, rows, &target);
  }
}

void dmoe_stored_multiply_float(const dmoe_stored_matrix *weights, int64_t first_output, int64_t outputs,
                                const float *x, int64_t ldx, int64_t rows, float *y, int64_t ldy, void *memory) {
  const stored_kernels *kernels = kernels_of(dmoe_stored_current_level());
  const stored_scratch scratch = divide_scratch(memory);
  for (int64_t o = first_output; o < first_output + outputs; o += tile_outputs) {
    multiply_float_tile(kernels, weights, o, MIN(tile_outputs, first_output + outputs - o), x, ldx, rows, y + o, ldy,
                        &scratch);
  }
}

// Gradient

static void dequantize(dmoe_stored_format format, const uint8_t *source, int64_t inputs, float *target) {
  switch (format) {
    case DMOE_STORED_F32: memcpy(target, source, (size_t)inputs * 4); return;
    case DMOE_STORED_F16: return dmoe_dequantize_f16(source, inputs, target);
    case DMOE_STORED_BF16: return dmoe_dequantize_bf16(source, inputs, target);
    case DMOE_STORED_Q4_0: return dmoe_dequantize_q4_0(source, inputs / 32, target);
    case DMOE_STORED_Q4_1: return dmoe_dequantize_q4_1(source, inputs / 32, target);
    case DMOE_STORED_Q5_0: return dmoe_dequantize_q5_0(source, inputs / 32, target);
    case DMOE_STORED_Q5_1: return dmoe_dequantize_q5_1(source, inputs / 32, target);
    case DMOE_STORED_Q8_0: return dmoe_dequantize_q8_0(source, inputs / 32, target);
    case DMOE_STORED_Q2_K: return dmoe_dequantize_q2_k(source, inputs / 256, target);
    case DMOE_STORED_Q3_K: return dmoe_dequantize_q3_k(source, inputs / 256, target);
    case DMOE_STORED_Q4_K: return dmoe_dequantize_q4_k(source, inputs / 256, target);
    case DMOE_STORED_Q5_K: return dmoe_dequantize_q5_k(source, inputs / 256, target);
    case DMOE_STORED_Q6_K: return dmoe_dequantize_q6_k(source, inputs / 256, target);
    case DMOE_STORED_IQ4_NL: return dmoe_dequantize_iq4_nl(source, inputs / 32, target);
    case DMOE_STORED_IQ4_XS: return dmoe_dequantize_iq4_xs(source, inputs / 256, target);
  }
}

void dmoe_stored_multiply_back(const dmoe_stored_matrix *weights, int64_t first_input, int64_t inputs, const float *dy,
                               int64_t lddy, int64_t rows, float *dx, int64_t lddx, void *memory) {
  const stored_kernels *kernels = kernels_of(dmoe_stored_current_level());
  const stored_traits traits = stored_traits_of(weights->format);
  const stored_scratch scratch = divide_scratch(memory);
  // Rows of the weights in a tile: as many floats as one of the float road, so that it stays in an L1 cache.
  for (int64_t k = first_input; k < first_input + inputs; k += STORED_FLOAT_CHUNK) {
    const int64_t width = MIN(STORED_FLOAT_CHUNK, first_input + inputs - k);
    for (int64_t o = 0; o < weights->outputs; o += tile_outputs) {
      const int64_t count = MIN(tile_outputs, weights->outputs - o);
      for (int64_t i = 0; i < count; i++) {
        const uint8_t *source = stored_row(weights, o + i) + k / traits.block_size * traits.block_bytes;
        dequantize(weights->format, source, width, scratch.values + i * STORED_FLOAT_CHUNK);
      }
      for (int64_t c = 0; c < width; c += tile_outputs) {
        const stored_target target = {dx + k + c, lddx, MIN(tile_outputs, width - c), false};
        kernels->product(dy + o, lddy, scratch.values + c, STORED_FLOAT_CHUNK, count, rows, &target);
      }
    }
  }
}

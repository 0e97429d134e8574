// Formats, levels, and the working memory of the products with weights as they are stored.
#include "dmoe_stored.h"

#include <stdatomic.h>
#include <string.h>

#include "dmoe_cpu.h"
#include "dmoe_dequantize.h"
#include "stored_drive.h"

// Formats

stored_traits stored_traits_of(dmoe_stored_format format) {
  switch (format) {
    case DMOE_STORED_F32: return (stored_traits){1, 4, 0, 0, 0, false};
    case DMOE_STORED_F16: return (stored_traits){1, 2, 0, 0, 0, false};
    case DMOE_STORED_BF16: return (stored_traits){1, 2, 0, 0, 0, false};
    case DMOE_STORED_Q4_0: return (stored_traits){32, 18, 32, 8, 15, false};
    case DMOE_STORED_Q4_1: return (stored_traits){32, 20, 32, 0, 15, true};
    case DMOE_STORED_Q5_0: return (stored_traits){32, 22, 32, 16, 31, false};
    case DMOE_STORED_Q5_1: return (stored_traits){32, 24, 32, 0, 31, true};
    case DMOE_STORED_Q8_0: return (stored_traits){32, 34, 32, 128, 255, false};
    case DMOE_STORED_Q2_K: return (stored_traits){256, 84, 16, 0, 3, true};
    case DMOE_STORED_Q3_K: return (stored_traits){256, 110, 16, 4, 7, false};
    case DMOE_STORED_Q4_K: return (stored_traits){256, 144, 32, 0, 15, true};
    case DMOE_STORED_Q5_K: return (stored_traits){256, 176, 32, 0, 31, true};
    case DMOE_STORED_Q6_K: return (stored_traits){256, 210, 16, 32, 63, false};
    case DMOE_STORED_IQ4_NL: return (stored_traits){32, 18, 32, 128, 255, false};
    case DMOE_STORED_IQ4_XS: return (stored_traits){256, 136, 32, 128, 255, false};
  }
  return (stored_traits){0};
}

int64_t dmoe_stored_block_size(dmoe_stored_format format) { return stored_traits_of(format).block_size; }

int64_t dmoe_stored_block_bytes(dmoe_stored_format format) { return stored_traits_of(format).block_bytes; }

bool dmoe_stored_has_int8(dmoe_stored_format format) { return stored_traits_of(format).group != 0; }

void stored_dequantize(dmoe_stored_format format, const uint8_t *source, int64_t inputs, float *target) {
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

// Rows and working memory

void stored_tile_rows(const dmoe_stored_matrix *weights, const stored_traits *traits, int64_t first_output,
                      int64_t outputs, int64_t input, const uint8_t *rows[tile_outputs]) {
  const int64_t at = input / traits->block_size * traits->block_bytes;
  if (weights->row_order) {
    for (int64_t i = 0; i < outputs; i++) rows[i] = stored_row(weights, first_output + i) + at;
  } else {
    const uint8_t *row = stored_row(weights, first_output) + at;
    for (int64_t i = 0; i < outputs; i++, row += weights->row_bytes) rows[i] = row;
  }
  for (int64_t i = outputs; i < tile_outputs; i++) rows[i] = rows[outputs - 1];
}

enum {
  alignment = 64,
  quants_bytes = STORED_CHUNK * tile_outputs,
  scales_bytes = STORED_CHUNK / 16 * tile_outputs * 4,
  // The gradient's floats: more than the float road's, and than the bf16 road's pairs. A tile reads beyond the last ones.
  values_bytes = (STORED_BACK_OUTPUTS * STORED_BACK_STRIDE + tile_outputs) * 4,
  tile_bytes = quants_bytes + 2 * scales_bytes + values_bytes,
  pack_bytes = STORED_PANEL_ROWS * STORED_PACK_STRIDE * 4,
  slice_bytes = STORED_PANEL_ROWS * STORED_SLICE_STRIDE * 4,
};

int64_t stored_panel_rows(int64_t inputs) {
  const int64_t rows = (768 << 10) / (inputs + 1);
  return rows < 16 ? 16 : rows > 256 ? 256 : rows / 16 * 16;
}

static int64_t whole_blocks(int64_t inputs) { return (inputs / 32 + 3) / 4 * 4; }

size_t dmoe_stored_scratch_bytes(const dmoe_stored_matrix *weights) {
  // Scales of 32 and sums of 16 inputs.
  const int64_t numbers = stored_panel_rows(weights->inputs) * whole_blocks(weights->inputs) * 3;
  const size_t panel = (size_t)numbers * sizeof(float), packs = pack_bytes + slice_bytes;
  return alignment + tile_bytes + (panel > packs ? panel : packs);
}

stored_scratch stored_divide_scratch(void *memory, int64_t inputs) {
  uint8_t *next = (uint8_t *)(((uintptr_t)memory + alignment - 1) / alignment * alignment);
  stored_scratch scratch;
  scratch.tile.quants = next;
  scratch.tile.scales = (float *)(next += quants_bytes);
  scratch.tile.minima = (float *)(next += scales_bytes);
  scratch.values = (float *)(next += scales_bytes);
  scratch.pairs = (uint16_t *)next;
  scratch.panel.scales = (float *)(next += values_bytes);
  scratch.panel.scales_stride = whole_blocks(inputs);
  scratch.panel.corrections =
      (int32_t *)(scratch.panel.scales + stored_panel_rows(inputs) * scratch.panel.scales_stride);
  scratch.panel.corrections_stride = 2 * scratch.panel.scales_stride;
  scratch.pack = (float *)next;
  scratch.slice = (float *)(next + pack_bytes);
  return scratch;
}

size_t dmoe_stored_gated_scratch_bytes(const dmoe_stored_matrix *gate, const dmoe_stored_matrix *up) {
  const size_t one = dmoe_stored_scratch_bytes(gate), other = dmoe_stored_scratch_bytes(up);
  return alignment + 3 * STORED_GATED_FLOATS * sizeof(float) + (one > other ? one : other);
}

stored_gated_scratch stored_divide_gated_scratch(void *memory, int64_t inputs) {
  float *floats = (float *)(((uintptr_t)memory + alignment - 1) / alignment * alignment);
  stored_gated_scratch scratch = {.gates = floats};
  scratch.ups = floats + STORED_GATED_FLOATS;
  scratch.gated = scratch.ups + STORED_GATED_FLOATS;
  scratch.product = stored_divide_scratch(scratch.gated + STORED_GATED_FLOATS, inputs);
  return scratch;
}

// Levels

static const char *const level_names[] = {"plain", "AVX2", "AVX-512 VNNI", "AVX-512 VNNI and AMX BF16"};

static const stored_kernels *kernels_of(dmoe_stored_level level) {
#if defined(__x86_64__)
  if (level == DMOE_STORED_AMX) return dmoe_cpu_allows_amx() ? &stored_kernels_avx512 : NULL;
  if (level == DMOE_STORED_AVX512_VNNI) return dmoe_cpu_has_vnni() ? &stored_kernels_avx512 : NULL;
  if (level == DMOE_STORED_AVX2) return dmoe_cpu_has_avx2() ? &stored_kernels_avx2 : NULL;
#endif
  return level == DMOE_STORED_PLAIN ? &stored_kernels_plain : NULL;
}

static const stored_bf16_kernels *bf16_kernels_of(dmoe_stored_level level) {
#if defined(__x86_64__)
  if (level == DMOE_STORED_AMX) return &stored_bf16_amx;
  if (level == DMOE_STORED_AVX512_VNNI && dmoe_cpu_has_bf16()) return &stored_bf16_avx512;
#endif
  return NULL;
}

// The level in use plus one; 0 until somebody asks. Asking the CPU and the system is left to the choice, not to products.
static _Atomic int chosen_level;
static _Atomic(const stored_kernels *) chosen_kernels;
static _Atomic(const stored_bf16_kernels *) chosen_bf16_kernels;

bool dmoe_stored_set_level(dmoe_stored_level level) {
  const stored_kernels *kernels = kernels_of(level);
  if (kernels == NULL) return false;
  atomic_store(&chosen_kernels, kernels);
  atomic_store(&chosen_bf16_kernels, bf16_kernels_of(level));
  atomic_store(&chosen_level, (int)level + 1);
  return true;
}

dmoe_stored_level dmoe_stored_current_level(void) {
  int level = atomic_load(&chosen_level);
  if (level > 0) return level - 1;
  level = DMOE_STORED_AMX;
  while (!dmoe_stored_set_level(level)) level--;
  return level;
}

const stored_kernels *stored_current_kernels(void) {
  dmoe_stored_current_level();
  return atomic_load(&chosen_kernels);
}

const char *dmoe_stored_level_name(dmoe_stored_level level) { return level_names[level]; }

const stored_bf16_kernels *stored_current_bf16_kernels(void) {
  dmoe_stored_current_level();
  return atomic_load(&chosen_bf16_kernels);
}

bool dmoe_stored_has_bf16(void) { return stored_current_bf16_kernels() != NULL; }

const char *dmoe_stored_bf16_name(void) {
  if (!dmoe_stored_has_bf16()) return NULL;
  return dmoe_stored_current_level() == DMOE_STORED_AMX ? "AMX BF16" : "AVX-512 BF16";
}

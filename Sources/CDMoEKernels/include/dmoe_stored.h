// Products of rows with a weight matrix as it is stored in a GGUF or safetensors file: the weights stay where they
// lie (a mapped file), are unpacked a small tile at a time and multiplied from there.
//
// The order of every sum is fixed by the inner size alone, so a row's result is the same bits on every instruction set
// (but for bf16), for any number of rows, any place among them, any split of the outputs among threads:
//
// - int8 road. A row of activations is cut into blocks of 32: q = round(x * 127 / max|x|), scale = max|x| / 127 in f32.
//   For every block in ascending order y = fma(t, scale, y), where t is made of the block's groups (one of 32 or two of
//   16) in ascending order: t = w_scale * dot, or t = fma(w_scale, dot, t), and then, for formats with minima,
//   t = fma(w_minimum, sum of the group's q, t). A dot is an exact integer.
// - float road. Weights as dmoe_dequantize.h gives them, y = fma(w, x, y) in ascending order of the inputs.
// - bf16 road, where the CPU has instructions for it. Weights and activations rounded to bf16, sums in f32 as the
//   instruction makes them: AMX and AVX-512 BF16 differ from each other, but the rest of the above holds on each.
// - back. dx = fma(w, dy, dx) in ascending order of the outputs, starting from the dx that is given; by bf16, where rows go
//   by bf16, as its instruction makes sums.
//
// All functions work on the calling thread, and may run at the same time on distinct ranges with a scratch for each.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// How numbers are stored; the blocks are ggml's (ggml-common.h), little endian.
typedef enum {
  DMOE_STORED_F32,
  DMOE_STORED_F16,
  DMOE_STORED_BF16,
  DMOE_STORED_Q4_0,
  DMOE_STORED_Q4_1,
  DMOE_STORED_Q5_0,
  DMOE_STORED_Q5_1,
  DMOE_STORED_Q8_0,
  DMOE_STORED_Q2_K,
  DMOE_STORED_Q3_K,
  DMOE_STORED_Q4_K,
  DMOE_STORED_Q5_K,
  DMOE_STORED_Q6_K,
  DMOE_STORED_IQ4_NL,
  DMOE_STORED_IQ4_XS,
} dmoe_stored_format;

/// The numbers and the bytes of one block: a row has a whole number of blocks (1, 32 or 256 numbers).
int64_t dmoe_stored_block_size(dmoe_stored_format format);
int64_t dmoe_stored_block_bytes(dmoe_stored_format format);

/// Whether the int8 road takes the format: all that are quantized, not F32, F16 and BF16.
bool dmoe_stored_has_int8(dmoe_stored_format format);

/// A matrix [outputs, inputs] in its file. Nothing needs alignment.
typedef struct {
  /// The first stored row.
  const uint8_t *bytes;
  /// From one stored row to the next.
  int64_t row_bytes;
  /// Null, or [outputs]: output i is the stored row row_order[i].
  const int32_t *row_order;
  int64_t outputs;
  /// A multiple of the format's block size.
  int64_t inputs;
  dmoe_stored_format format;
} dmoe_stored_matrix;

/// Outputs are worked on in tiles of this many: ranges that begin at a multiple of it waste nothing.
#define DMOE_STORED_TILE 32

/// Working memory that one call of any of the products needs (no alignment needed). It does not grow with the rows.
size_t dmoe_stored_scratch_bytes(const dmoe_stored_matrix *weights);

/// The bytes of one quantized row of activations; rows lie one behind the other, the first at a multiple of 4 (best of
/// 64). inputs is a multiple of 32.
size_t dmoe_stored_row_bytes(int64_t inputs);

/// Quantizes rows x[rows, inputs] (ldx floats from row to row) into target[rows] of `dmoe_stored_row_bytes` each. A
/// block with a number that is not finite gets the scale NaN, so that it shows in every output of that row; a block
/// below 2^-118 in magnitude becomes 0.
void dmoe_stored_quantize_rows(const float *x, int64_t ldx, int64_t rows, int64_t inputs, void *target);

/// int8 road: y[r * ldy + o] for all rows r and the outputs o in first_output ..< first_output + outputs.
void dmoe_stored_multiply_int8(const dmoe_stored_matrix *weights, int64_t first_output, int64_t outputs,
                               const void *quantized_rows, int64_t rows, float *y, int64_t ldy, void *scratch);

/// Float road, every format: the same from rows x[rows, inputs], ldx floats from row to row.
void dmoe_stored_multiply_float(const dmoe_stored_matrix *weights, int64_t first_output, int64_t outputs,
                                const float *x, int64_t ldx, int64_t rows, float *y, int64_t ldy, void *scratch);

/// Whether the level in use has the bf16 road, and the name of its instructions or null. A format's inputs must be a
/// multiple of 32.
bool dmoe_stored_has_bf16(void);
const char *dmoe_stored_bf16_name(void);

/// bf16 road, every format: the same from bf16 rows x[rows, inputs] (`dmoe_narrow_bf16`), ldx numbers from row to row.
void dmoe_stored_multiply_bf16(const dmoe_stored_matrix *weights, int64_t first_output, int64_t outputs,
                               const uint16_t *x, int64_t ldx, int64_t rows, float *y, int64_t ldy, void *scratch);

/// How a gate and an up become one: `dmoe_swiglu` and its like (dmoe_pointwise.h).
typedef void (*dmoe_gating)(const float *restrict gate, const float *restrict up, float *restrict y, int64_t count);

/// Working memory of one call of the gated products: both matrices have as many inputs and outputs.
size_t dmoe_stored_gated_scratch_bytes(const dmoe_stored_matrix *gate, const dmoe_stored_matrix *up);

/// Gated products, whose floats never leave the caches: for all rows r and the outputs o in first_output ..< first_output +
/// outputs the gating of both products, as the product that follows takes it, in the same bits as one step after the other.
///
/// int8 road: into target[rows] of `dmoe_stored_row_bytes` of all outputs each. Both matrices have one format; first_output
/// and outputs are multiples of 32.
void dmoe_stored_gated_int8(const dmoe_stored_matrix *gate, const dmoe_stored_matrix *up, dmoe_gating gating,
                            int64_t first_output, int64_t outputs, const void *quantized_rows, int64_t rows, void *target,
                            void *scratch);
/// bf16 road: into y[r * ldy + o].
void dmoe_stored_gated_bf16(const dmoe_stored_matrix *gate, const dmoe_stored_matrix *up, dmoe_gating gating,
                            int64_t first_output, int64_t outputs, const uint16_t *x, int64_t ldx, int64_t rows,
                            uint16_t *y, int64_t ldy, void *scratch);

/// Gradient, every format: adds dy[rows, outputs] W to dx[r * lddx + i] for the inputs i in
/// first_input ..< first_input + inputs, both multiples of the format's block size (best of 256 too).
void dmoe_stored_multiply_back(const dmoe_stored_matrix *weights, int64_t first_input, int64_t inputs, const float *dy,
                               int64_t lddy, int64_t rows, float *dx, int64_t lddx, void *scratch);

/// The same on the bf16 road, from bf16 rows of gradients: outputs, first_input and inputs are multiples of 32 too.
void dmoe_stored_multiply_back_bf16(const dmoe_stored_matrix *weights, int64_t first_input, int64_t inputs,
                                    const uint16_t *dy, int64_t lddy, int64_t rows, float *dx, int64_t lddx,
                                    void *scratch);

/// The kernels there are. All give the same bits, but for the bf16 road: there AVX-512 VNNI means AVX-512 BF16. AMX is
/// for that road only, and AVX-512 VNNI for the rest.
typedef enum {
  DMOE_STORED_PLAIN,
  DMOE_STORED_AVX2,
  DMOE_STORED_AVX512_VNNI,
  DMOE_STORED_AMX,
} dmoe_stored_level;

/// The level in use: at first the best that the CPU and the operating system run.
dmoe_stored_level dmoe_stored_current_level(void);
/// Takes another level from now on (tests and measurements); false, and nothing changes, where the CPU lacks it.
bool dmoe_stored_set_level(dmoe_stored_level level);
/// A name to show: "plain", "AVX2", "AVX-512 VNNI", "AVX-512 VNNI and AMX BF16".
const char *dmoe_stored_level_name(dmoe_stored_level level);

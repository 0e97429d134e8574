// Products with weights that oneDNN packed once. Built only with the package trait OneDNN; otherwise nothing is there.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// What weights and activations are stored as; the result is float, or int32 for s8.
typedef enum { DMOE_DNN_F32, DMOE_DNN_BF16, DMOE_DNN_U8S8 } dmoe_dnn_kind;

/// Packed weights of one linear layer.
typedef struct dmoe_dnn_weights dmoe_dnn_weights;

/// The rows of one product: every call takes a multiple of `DMOE_DNN_UNIT`, at most `DMOE_DNN_ROWS`.
enum { DMOE_DNN_UNIT = 16, DMOE_DNN_ROWS = 64 };

/// Version of the library that is loaded, such as 2.6.3.
void dmoe_dnn_version(int *major, int *minor, int *patch);

/// Packs weights [outputs, inputs], row-major floats, bf16 bits or s8; null if oneDNN cannot.
dmoe_dnn_weights *dmoe_dnn_pack(dmoe_dnn_kind kind, const void *weights, int64_t outputs, int64_t inputs);
/// The weights as they were given; false if memory has run out.
bool dmoe_dnn_unpack(const dmoe_dnn_weights *weights, void *to);
void dmoe_dnn_free(dmoe_dnn_weights *weights);
/// Bytes of the packed weights.
size_t dmoe_dnn_size(const dmoe_dnn_weights *weights);
/// The name of oneDNN's implementation.
const char *dmoe_dnn_implementation(const dmoe_dnn_weights *weights);

/// y [rows, outputs] = x [rows, inputs] Wᵀ on the calling thread; x as float, bf16 bits or u8, y float or int32.
/// False if oneDNN fails, which means that memory has run out.
bool dmoe_dnn_multiply(const dmoe_dnn_weights *weights, const void *x, void *y, int64_t rows);

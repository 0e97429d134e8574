#include "dmoe_onednn.h"

#ifdef DMOE_ONEDNN

#include <dlfcn.h>
#include <dnnl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { VARIANTS = DMOE_DNN_ROWS / DMOE_DNN_UNIT };

// The primitives of one shape by rows; all read the same layout of weights.
typedef struct shape {
  dmoe_dnn_kind kind;
  int64_t outputs, inputs;
  dnnl_memory_desc_t weights;
  char implementation[64];
  struct {
    dnnl_primitive_t primitive;
    dnnl_memory_desc_t x, y, scratch;
  } by_rows[VARIANTS];
  struct shape *next;
} shape_t;

struct dmoe_dnn_weights {
  const shape_t *shape;
  void *packed;
  size_t size;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static shape_t *shapes;
static dnnl_engine_t engine;

// Parallel regions are the caller's: oneDNN stays on the calling thread. The setting is the thread's own.
static void stay_on_this_thread(void) {
  static void (*set_threads)(int);
  static _Thread_local bool done;
  if (done) return;
  if (!set_threads) set_threads = (void (*)(int))dlsym(RTLD_DEFAULT, "omp_set_num_threads");
  if (set_threads) set_threads(1);
  done = true;
}

// A stream belongs to one thread; it holds nothing but a reference to the engine.
static dnnl_stream_t thread_stream(void) {
  static _Thread_local dnnl_stream_t stream;
  if (!stream) dnnl_stream_create(&stream, engine, dnnl_stream_default_flags);
  return stream;
}

static bool make(shape_t *shape, int variant) {
  const dnnl_data_type_t stored[] = {dnnl_f32, dnnl_bf16, dnnl_s8}, read[] = {dnnl_f32, dnnl_bf16, dnnl_u8};
  const int64_t rows = (variant + 1) * DMOE_DNN_UNIT;
  const dnnl_dims_t xd = {rows, shape->inputs}, wd = {shape->inputs, shape->outputs}, yd = {rows, shape->outputs};
  dnnl_memory_desc_t x, w, y;
  if (dnnl_memory_desc_init_by_tag(&x, 2, xd, read[shape->kind], dnnl_ab)) return false;
  if (dnnl_memory_desc_init_by_tag(&y, 2, yd, shape->kind == DMOE_DNN_U8S8 ? dnnl_s32 : dnnl_f32, dnnl_ab)) return false;
  if (shape->weights.ndims)
    w = shape->weights;
  else if (dnnl_memory_desc_init_by_tag(&w, 2, wd, stored[shape->kind], dnnl_format_tag_any))
    return false;

  dnnl_matmul_desc_t description;
  dnnl_primitive_attr_t attributes = NULL;
  dnnl_primitive_desc_t chosen = NULL;
  dnnl_primitive_t primitive = NULL;
  bool good = !dnnl_matmul_desc_init(&description, &x, &w, NULL, &y) && !dnnl_primitive_attr_create(&attributes) &&
              !dnnl_primitive_attr_set_scratchpad_mode(attributes, dnnl_scratchpad_mode_user) &&
              !dnnl_primitive_desc_create(&chosen, &description, attributes, engine, NULL) &&
              !dnnl_primitive_create(&primitive, chosen);
  if (good) {
    shape->weights = *dnnl_primitive_desc_query_md(chosen, dnnl_query_weights_md, 0);
    shape->by_rows[variant].x = x;
    shape->by_rows[variant].y = y;
    shape->by_rows[variant].scratch = *dnnl_primitive_desc_query_md(chosen, dnnl_query_scratchpad_md, 0);
    shape->by_rows[variant].primitive = primitive;
    const char *name = NULL;
    dnnl_primitive_desc_query(chosen, dnnl_query_impl_info_str, 0, &name);
    if (name) strncpy(shape->implementation, name, sizeof shape->implementation - 1);
  }
  dnnl_primitive_desc_destroy(chosen);
  dnnl_primitive_attr_destroy(attributes);
  return good;
}

// The largest variant first: it decides the layout of the weights.
static const shape_t *shape_of(dmoe_dnn_kind kind, int64_t outputs, int64_t inputs) {
  pthread_mutex_lock(&lock);
  shape_t *found = NULL;
  if (!engine && dnnl_engine_create(&engine, dnnl_cpu, 0)) engine = NULL;
  for (shape_t *s = shapes; s && !found; s = s->next)
    if (s->kind == kind && s->outputs == outputs && s->inputs == inputs) found = s;
  if (!found && engine && (found = calloc(1, sizeof *found))) {
    found->kind = kind;
    found->outputs = outputs;
    found->inputs = inputs;
    bool good = true;
    for (int v = VARIANTS - 1; v >= 0 && good; v--) good = make(found, v);
    if (good) {
      found->next = shapes;
      shapes = found;
    } else {
      for (int v = 0; v < VARIANTS; v++)
        if (found->by_rows[v].primitive) dnnl_primitive_destroy(found->by_rows[v].primitive);
      free(found);
      found = NULL;
    }
  }
  pthread_mutex_unlock(&lock);
  return found;
}

void dmoe_dnn_version(int *major, int *minor, int *patch) {
  const dnnl_version_t *version = dnnl_version();
  *major = version->major;
  *minor = version->minor;
  *patch = version->patch;
}

// Between row-major [outputs, inputs] and the packed layout.
static bool move(const shape_t *shape, void *plain, void *packed, bool packs) {
  dnnl_memory_desc_t rows;
  const dnnl_dims_t dims = {shape->inputs, shape->outputs};
  dnnl_primitive_desc_t chosen = NULL;
  dnnl_primitive_t reorder = NULL;
  dnnl_memory_t from = NULL, to = NULL;
  if (dnnl_memory_desc_init_by_tag(&rows, 2, dims, shape->weights.data_type, dnnl_ba)) return false;
  const dnnl_memory_desc_t *source = packs ? &rows : &shape->weights, *target = packs ? &shape->weights : &rows;
  bool good = !dnnl_reorder_primitive_desc_create(&chosen, source, engine, target, engine, NULL) &&
              !dnnl_primitive_create(&reorder, chosen) &&
              !dnnl_memory_create(&from, source, engine, packs ? plain : packed) &&
              !dnnl_memory_create(&to, target, engine, packs ? packed : plain);
  if (good) {
    const dnnl_exec_arg_t arguments[] = {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}};
    good = !dnnl_primitive_execute(reorder, thread_stream(), 2, arguments) && !dnnl_stream_wait(thread_stream());
  }
  dnnl_memory_destroy(from);
  dnnl_memory_destroy(to);
  if (reorder) dnnl_primitive_destroy(reorder);
  if (chosen) dnnl_primitive_desc_destroy(chosen);
  return good;
}

dmoe_dnn_weights *dmoe_dnn_pack(dmoe_dnn_kind kind, const void *weights, int64_t outputs, int64_t inputs) {
  stay_on_this_thread();
  const shape_t *shape = shape_of(kind, outputs, inputs);
  if (!shape) return NULL;
  dmoe_dnn_weights *result = calloc(1, sizeof *result);
  if (!result) return NULL;
  result->shape = shape;
  result->size = dnnl_memory_desc_get_size(&shape->weights);
  if (!posix_memalign(&result->packed, 64, (result->size + 63) / 64 * 64) &&
      move(shape, (void *)weights, result->packed, true))
    return result;
  dmoe_dnn_free(result);
  return NULL;
}

bool dmoe_dnn_unpack(const dmoe_dnn_weights *weights, void *to) {
  stay_on_this_thread();
  return move(weights->shape, to, weights->packed, false);
}

void dmoe_dnn_free(dmoe_dnn_weights *weights) {
  if (!weights) return;
  free(weights->packed);
  free(weights);
}

size_t dmoe_dnn_size(const dmoe_dnn_weights *weights) { return weights->size; }

const char *dmoe_dnn_implementation(const dmoe_dnn_weights *weights) { return weights->shape->implementation; }

bool dmoe_dnn_multiply(const dmoe_dnn_weights *weights, const void *x, void *y, int64_t rows) {
  const int variant = (int)(rows / DMOE_DNN_UNIT) - 1;
  if (rows % DMOE_DNN_UNIT || variant < 0 || variant >= VARIANTS) return false;
  stay_on_this_thread();
  const shape_t *shape = weights->shape;
  dnnl_memory_t from = NULL, w = NULL, to = NULL, scratch = NULL;
  void *space = NULL;
  const size_t need = dnnl_memory_desc_get_size(&shape->by_rows[variant].scratch);
  bool good = (need == 0 || !posix_memalign(&space, 64, need)) &&
              !dnnl_memory_create(&from, &shape->by_rows[variant].x, engine, (void *)x) &&
              !dnnl_memory_create(&w, &shape->weights, engine, weights->packed) &&
              !dnnl_memory_create(&to, &shape->by_rows[variant].y, engine, y) &&
              !dnnl_memory_create(&scratch, &shape->by_rows[variant].scratch, engine, space);
  if (good) {
    const dnnl_exec_arg_t arguments[] = {
        {DNNL_ARG_SRC, from}, {DNNL_ARG_WEIGHTS, w}, {DNNL_ARG_DST, to}, {DNNL_ARG_SCRATCHPAD, scratch}};
    good = !dnnl_primitive_execute(shape->by_rows[variant].primitive, thread_stream(), 4, arguments) &&
           !dnnl_stream_wait(thread_stream());
  }
  dnnl_memory_destroy(from);
  dnnl_memory_destroy(w);
  dnnl_memory_destroy(to);
  dnnl_memory_destroy(scratch);
  free(space);
  return good;
}

#endif

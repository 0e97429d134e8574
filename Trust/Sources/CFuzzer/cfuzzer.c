#include "cfuzzer.h"

// The functions are the runtime's, which `-sanitize=fuzzer` links; a build without it, for valgrind, has none.
#ifdef CFUZZER_WITHOUT_RUNTIME
int LLVMFuzzerRunDriver(int *argc, char ***argv, cfuzzer_input input) {
  (void)argc;
  (void)argv;
  (void)input;
  return -1;
}

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t limit) {
  (void)data;
  (void)limit;
  return size;
}
#endif

// In a build for debugging the linker takes the main of libFuzzer's archive along, though it is not the one that runs, and that
// one names this. Nothing calls it: every target is given to the driver by the program itself.
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  (void)data;
  (void)size;
  return -1;
}

#include "cfuzzer.h"

// In a build for debugging the linker takes the main of libFuzzer's archive along, though it is not the one that runs, and that
// one names this. Nothing calls it: every target is given to the driver by the program itself.
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  (void)data;
  (void)size;
  return -1;
}

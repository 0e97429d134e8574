#ifndef CFUZZER_H
#define CFUZZER_H

#include <stddef.h>
#include <stdint.h>

/// A function that libFuzzer calls with every input.
typedef int (*cfuzzer_input)(const uint8_t *data, size_t size);

/// libFuzzer's own main: reads its options from the arguments and calls the function until it is told to end.
int LLVMFuzzerRunDriver(int *argc, char ***argv, cfuzzer_input input);

/// libFuzzer's own mutations, on a buffer with room for `limit` bytes; gives the new size.
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t limit);

#endif

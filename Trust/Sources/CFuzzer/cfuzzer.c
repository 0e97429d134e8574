#include "cfuzzer.h"

// The functions are the runtime's, which `-sanitize=fuzzer` links.

#include "dmoe_kernels.h"

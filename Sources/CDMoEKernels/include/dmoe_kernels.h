// The C loops behind DMoECore: one source, several instruction sets.
#include "dmoe_attention.h"
#include "dmoe_cpu.h"
#include "dmoe_dequantize.h"
#include "dmoe_distribution.h"
#include "dmoe_pointwise.h"
#include "dmoe_precision.h"
#include "dmoe_stored.h"

// The C loops behind DMoECore: one source, several instruction sets.
#include "dmoe_pointwise.h"

#pragma once
#include "dmoe_dequantize.h"

#pragma once
#include "dmoe_cpu.h"

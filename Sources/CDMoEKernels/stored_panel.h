// The scales and sums of quantized rows, transposed: sixteen rows' numbers of one block lie side by side, so that a kernel
// reaches them from one place.
#pragma once

#include "stored_kernels.h"
#include "stored_lanes.h"

// What the dots of a group begin with, from the sums of the group's bytes.
ALWAYS_INLINE void store_correction(const stored_traits *traits, lanes_i32 sums, int32_t *target) {
  if (traits->minima) store_floats((float *)target, floats_of_integers(sums));
  else store_lanes(target, (lanes_u32)(sums * -traits->offset));
}

// Eight sums of 16 inputs are a unit: two in each of four lanes' words.
ALWAYS_INLINE void correct_unit(const stored_traits *traits, const lanes_u32 unit[4], int32_t *target) {
  UNROLL for (int j = 0; j < 4; j++) {
    const lanes_i32 low = (lanes_i32)(unit[j] << 16) >> 16, high = (lanes_i32)unit[j] >> 16;
    if (traits->group == 16) {
      store_correction(traits, low, target + 2 * j * lanes);
      store_correction(traits, high, target + (2 * j + 1) * lanes);
    } else {
      store_correction(traits, low + high, target + j * lanes);
    }
  }
}

static void prepare(const stored_traits *traits, const uint8_t *source, int64_t stride, int64_t inputs, int64_t rows,
                    const stored_panel *panel) {
  const int64_t blocks = inputs / 32;
  for (int64_t first = 0; first < rows; first += lanes) {
    const uint8_t *scales[lanes], *sums[lanes];
    for (int64_t i = 0; i < lanes; i++) {
      const int64_t row = first + i < rows ? first + i : rows - 1;
      scales[i] = source + row * stride + inputs;
      sums[i] = scales[i] + blocks * (int64_t)sizeof(float);
    }
    float *scales_target = panel->scales + first * panel->scales_stride;
    int32_t *target = panel->corrections + first * panel->corrections_stride;
    lanes_u32 unit[4];
    // Four blocks a unit, at the end also what lies behind them: a row's last bytes are filled up for that.
    for (int64_t b = 0; b < blocks; b += 4) {
      load_unit(scales, b * (int64_t)sizeof(float), unit);
      UNROLL for (int j = 0; j < 4; j++) store_lanes(scales_target + (b + j) * lanes, unit[j]);
      load_unit(sums, b * 2 * (int64_t)sizeof(int16_t), unit);
      correct_unit(traits, unit, target + b * (32 / traits->group) * lanes);
    }
  }
}

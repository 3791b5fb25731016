#include "formats.h"
#include "simd/row.h"

namespace sm {

// A whole number under 2²³ in the low bits of this float is added to it, exactly; and what is added
// to it is rounded to a whole number, which then stands in the low bits.
constexpr float kWhole = 0x1p23f;
// Flips a byte's sign: -128 … 127 as 0 … 255.
constexpr uint32_t kSign = 0x80;

static void widen(float* y, const uint8_t* x, float scale, float zero, uint32_t flip, size_t n) {
  const u32x4 whole = held_bits(__builtin_bit_cast(uint32_t, kWhole) ^ flip);
  const f32x4 origin = splat(kWhole + zero), step = splat(scale);
  each(n, [=](auto at, size_t i) {
    at.store(y + i, (floats(at.load_wide(x + i) ^ whole) - origin) * step);
  });
}

static void narrow(uint8_t* y, const float* x, uint32_t flip, size_t n) {
  const f32x4 zero = splat(0), steps = held(256), most = held(255), whole = held(kWhole);
  const u32x4 byte = held_bits(0xFF), sign = splat_bits(flip);
  each(n, [=](auto at, size_t i) {
    const f32x4 v = min(most, max(zero, at.load(x + i) * steps));
    at.store_narrow(y + i, (bits(v + whole) & byte) ^ sign);
  });
}

void from_uint8(float* y, const uint8_t* x, float scale, float zero, size_t n) {
  widen(y, x, scale, zero, 0, n);
}
void from_int8(float* y, const uint8_t* x, float scale, float zero, size_t n) {
  widen(y, x, scale, zero + kSign, kSign, n);
}
void to_uint8(uint8_t* y, const float* x, size_t n) { narrow(y, x, 0, n); }
void to_int8(uint8_t* y, const float* x, size_t n) { narrow(y, x, kSign, n); }

}  // namespace sm

#include "formats.h"
#include "simd/row.h"

namespace sm {

// A normal half becomes a float by moving its exponent from bias 15 to 127, by 112; inf and NaN by
// moving it twice as far, from 31 to 255. A subnormal one is m 2⁻²⁴: its bits are put under the
// exponent of 2⁻¹⁴, and the leading one that this adds is taken away again, exactly. (A product
// with 2¹¹² would do for all, but read subnormal floats, which is slow on some processors.)
static void widen(float* y, const uint16_t* x, size_t n) {
  const u32x4 magnitudes = held_bits(0x7FFF), rebias = held_bits(112u << 23);
  const u32x4 least_normal = held_bits(0x400), largest = held_bits(0x7BFF);
  const f32x4 lead = held(0x1p-14f);
  each(n, [=](auto at, size_t i) {
    const u32x4 all = at.load_wide(x + i), m = all & magnitudes, moved = m << 13;
    const u32x4 normal = moved + rebias;
    const u32x4 subnormal = bits(floats(moved + bits(lead)) - lead);
    const u32x4 finite = select_lt(m, least_normal, subnormal, normal);
    const u32x4 wide = select_lt(largest, m, normal + rebias, finite);
    at.store(y + i, floats(wide ^ ((all ^ m) << 16)));
  });
}

// Sixteen normal ones at once, which nearly all are, take half the time.
void from_float16(float* y, const uint16_t* x, size_t n) {
  const NormalHalves normal;
  for (; n >= 16; n -= 16, y += 16, x += 16) {
    if (!normal.widen(y, x)) widen(y, x, 16);
  }
  widen(y, x, n);
}

// The 13 bits that go are rounded by adding just under half of their unit, and one more where what
// stays is odd; a carry moves up into the exponent, at the largest half to that of infinity. What
// is subnormal as a half is added to 1/2, where the distance of floats is that of such halves.
void to_float16(uint16_t* y, const float* x, size_t n) {
  const u32x4 magnitudes = held_bits(0x7FFFFFFF), one = held_bits(1);
  const u32x4 beyond = held_bits(0x477FF000);  // 65520, the first that is rounded to infinity
  const u32x4 rebias = held_bits(0xFFF - (112u << 23)), least_normal = held_bits(0x38800000);
  const u32x4 inf = held_bits(0x7F800000), nan = held_bits(0x7E00);
  const f32x4 half = held(0.5f);
  const u32x4 minus_half = held_bits(0u - 0x3F000000);
  each(n, [=](auto at, size_t i) {
    const u32x4 all = bits(at.load(x + i)), m = all & magnitudes;
    const u32x4 bounded = select_lt(m, beyond, m, beyond);
    const u32x4 normal = (bounded + rebias + ((bounded >> 13) & one)) >> 13;
    const u32x4 subnormal = bits(floats(bounded) + half) + minus_half;
    const u32x4 number = select_lt(m, least_normal, subnormal, normal);
    at.store_narrow(y + i, select_lt(inf, m, nan, number) ^ ((all ^ m) >> 16));
  });
}

void from_bfloat16(float* y, const uint16_t* x, size_t n) {
  each(n, [=](auto at, size_t i) { at.store(y + i, floats(at.load_wide(x + i) << 16)); });
}

// Rounded as in to_float16. A NaN whose upper half says infinity would become one.
void to_bfloat16(uint16_t* y, const float* x, size_t n) {
  const u32x4 magnitudes = held_bits(0x7FFFFFFF), one = held_bits(1),
              under_half = held_bits(0x7FFF);
  const u32x4 inf = held_bits(0x7F800000), nan = held_bits(0x7FC0);
  each(n, [=](auto at, size_t i) {
    const u32x4 all = bits(at.load(x + i)), m = all & magnitudes;
    const u32x4 number = (m + under_half + ((m >> 16) & one)) >> 16;
    at.store_narrow(y + i, select_lt(inf, m, nan, number) ^ ((all ^ m) >> 16));
  });
}

}  // namespace sm

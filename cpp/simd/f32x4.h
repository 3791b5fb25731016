// Four floats: the only vocabulary a kernel has.
//
// Two backends define it with the same meaning and, but for madd in the relaxed module, the same
// bits:
//
//   splat load load_some load_splat store store_some   select_keep transpose
//   + - * /   min max madd sqrt   select_eq select_lt   all_le all_zero
//   pack_above shift_to_exponent split   lane sum peak
//
// for what is to be rounded once in the end, the same in double:
//
//   f64x4 wide narrow   splat_wide load store   + - * /   sum
//
// and, for numbers that are not floats in memory, their patterns:
//
//   u32x4 bits floats splat_bits load_wide store_narrow   + & ^ << >>   select_lt
//   NormalHalves SmallHalves
//
//   select_lt compares patterns under 2³¹.
//
//   max(a, b) is b > a ? b : a and min(a, b) is b < a ? b : a: where either is NaN the first
//   argument comes back. sum and peak fold the lanes in one fixed tree, (0 + 2) + (1 + 3).
#pragma once

#include <cstddef>
#include <cstdint>

namespace sm {

constexpr float infinity = __builtin_inff();
constexpr float not_a_number = __builtin_nanf("");

}  // namespace sm

#if defined(SOFTMAX_VARIANT_SCALAR)
#include "simd/f32x4_scalar.h"
#elif defined(SOFTMAX_VARIANT_SIMD) || defined(SOFTMAX_VARIANT_RELAXED)
#include "simd/f32x4_wasm.h"
#else
#error "define one of SOFTMAX_VARIANT_SCALAR, SOFTMAX_VARIANT_SIMD, SOFTMAX_VARIANT_RELAXED"
#endif

namespace sm {

// Whether a multiply-add is one operation: then the multipliers are the busier, otherwise the
// adders are.
#if defined(SOFTMAX_VARIANT_RELAXED)
constexpr bool kFused = true;
#else
constexpr bool kFused = false;
#endif

// A constant in all lanes, made once where it is written: a plain splat of one is repeated by LLVM
// and Binaryen wherever it is used, also in loops, and V8 then builds it again each time.
inline f32x4 held(float v) {
  const volatile float once = v;
  return splat(once);
}
inline f64x4 held_wide(double v) {
  const volatile double once = v;
  return splat_wide(once);
}
inline u32x4 held_bits(uint32_t v) {
  const volatile uint32_t once = v;
  return splat_bits(once);
}

}  // namespace sm

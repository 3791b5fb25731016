// f32x4 on WebAssembly SIMD: simd128, and relaxed SIMD where it can round a multiply-add once.
// Natively through SIMDe.
#pragma once

#ifdef __wasm__
#include <wasm_simd128.h>
#else
#define SIMDE_ENABLE_NATIVE_ALIASES
#include <simde/wasm/relaxed-simd.h>
#include <simde/wasm/simd128.h>
// SIMDe 0.7.4 has the instruction under its draft name, the addend first.
#define wasm_f32x4_relaxed_madd(a, b, c) simde_wasm_f32x4_fma(c, a, b)
#endif

namespace sm {

#ifdef __wasm__
using v128 = v128_t;
#else
using v128 = simde_v128_t;
#endif

struct f32x4 {
  v128 v;
};

inline f32x4 splat(float x) { return {wasm_f32x4_splat(x)}; }
inline f32x4 load(const float* p) { return {wasm_v128_load(p)}; }
inline f32x4 load_splat(const float* p) { return {wasm_v128_load32_splat(p)}; }
inline void store(float* p, f32x4 a) { wasm_v128_store(p, a.v); }

// The first n lanes, n = 1 to 3, in memory; the others are 0. Never through a copy of four, which
// would be read before it is written.
inline f32x4 load_some(const float* p, size_t n) {
  if (n == 1) return {wasm_v128_load32_zero(p)};
  const v128 two = wasm_v128_load64_zero(p);
  return {n == 2 ? two : wasm_v128_load32_lane(p + 2, two, 2)};
}
inline void store_some(float* p, f32x4 a, size_t n) {
  if (n == 1) return wasm_v128_store32_lane(p, a.v, 0);
  wasm_v128_store64_lane(p, a.v, 0);
  if (n == 3) wasm_v128_store32_lane(p + 2, a.v, 2);
}

inline f32x4 operator+(f32x4 a, f32x4 b) { return {wasm_f32x4_add(a.v, b.v)}; }
inline f32x4 operator-(f32x4 a, f32x4 b) { return {wasm_f32x4_sub(a.v, b.v)}; }
inline f32x4 operator*(f32x4 a, f32x4 b) { return {wasm_f32x4_mul(a.v, b.v)}; }
inline f32x4 operator/(f32x4 a, f32x4 b) { return {wasm_f32x4_div(a.v, b.v)}; }

inline f32x4 sqrt(f32x4 a) { return {wasm_f32x4_sqrt(a.v)}; }

// pmin and pmax: the ordering minimum and maximum of wasm cost five times as much on x86, and
// relaxed ones leave NaN and signed zero to the engine.
inline f32x4 min(f32x4 a, f32x4 b) { return {wasm_f32x4_pmin(a.v, b.v)}; }
inline f32x4 max(f32x4 a, f32x4 b) { return {wasm_f32x4_pmax(a.v, b.v)}; }

// a b + c. The single operation in which "relaxed" may differ from "simd": it may round once
// instead of twice.
inline f32x4 madd(f32x4 a, f32x4 b, f32x4 c) {
#if defined(SOFTMAX_VARIANT_RELAXED)
  return {wasm_f32x4_relaxed_madd(a.v, b.v, c.v)};
#else
  return {wasm_f32x4_add(wasm_f32x4_mul(a.v, b.v), c.v)};
#endif
}

// a == b ? yes : no, and a < b ? yes : no, lane by lane; a NaN compares false.
inline f32x4 select_eq(f32x4 a, f32x4 b, f32x4 yes, f32x4 no) {
  return {wasm_v128_bitselect(yes.v, no.v, wasm_f32x4_eq(a.v, b.v))};
}
inline f32x4 select_lt(f32x4 a, f32x4 b, f32x4 yes, f32x4 no) {
  return {wasm_v128_bitselect(yes.v, no.v, wasm_f32x4_lt(a.v, b.v))};
}

// The same four in double.
struct f64x4 {
  v128 low, high;
};

inline f64x4 splat_wide(double x) { return {wasm_f64x2_splat(x), wasm_f64x2_splat(x)}; }
inline f64x4 load(const double* p) { return {wasm_v128_load(p), wasm_v128_load(p + 2)}; }
inline void store(double* p, f64x4 a) {
  wasm_v128_store(p, a.low);
  wasm_v128_store(p + 2, a.high);
}
inline f64x4 wide(f32x4 a) {
  return {wasm_f64x2_promote_low_f32x4(a.v),
          wasm_f64x2_promote_low_f32x4(wasm_i64x2_shuffle(a.v, a.v, 1, 1))};
}
inline f32x4 narrow(f64x4 a) {
  return {wasm_i64x2_shuffle(wasm_f32x4_demote_f64x2_zero(a.low),
                             wasm_f32x4_demote_f64x2_zero(a.high), 0, 2)};
}
inline f64x4 operator+(f64x4 a, f64x4 b) {
  return {wasm_f64x2_add(a.low, b.low), wasm_f64x2_add(a.high, b.high)};
}
inline f64x4 operator-(f64x4 a, f64x4 b) {
  return {wasm_f64x2_sub(a.low, b.low), wasm_f64x2_sub(a.high, b.high)};
}
inline f64x4 operator*(f64x4 a, f64x4 b) {
  return {wasm_f64x2_mul(a.low, b.low), wasm_f64x2_mul(a.high, b.high)};
}
inline f64x4 operator/(f64x4 a, f64x4 b) {
  return {wasm_f64x2_div(a.low, b.low), wasm_f64x2_div(a.high, b.high)};
}
inline double sum(f64x4 a) {
  const v128 s = wasm_f64x2_add(a.low, a.high);
  return wasm_f64x2_extract_lane(s, 0) + wasm_f64x2_extract_lane(s, 1);
}

// The low nine bits of each lane's pattern moved up to sign and exponent: e + 127 in, 2^e out, and
// 0 in, +0 out.
inline f32x4 shift_to_exponent(f32x4 a) { return {wasm_i32x4_shl(a.v, 23)}; }

template <int i>
float lane(f32x4 a) {
  return wasm_f32x4_extract_lane(a.v, i);
}

// v where its byte of keep is not 0, otherwise elsewhere. keep: 4 bytes.
inline f32x4 select_keep(const uint8_t* keep, f32x4 v, f32x4 elsewhere) {
  const v128 bytes = wasm_v128_load32_zero(keep);
  const v128 words = wasm_u32x4_extend_low_u16x8(wasm_u16x8_extend_low_u8x16(bytes));
  return {wasm_v128_bitselect(elsewhere.v, v.v, wasm_i32x4_eq(words, wasm_i32x4_splat(0)))};
}

inline bool all_zero(f32x4 a) {
  return wasm_i32x4_all_true(wasm_f32x4_eq(a.v, wasm_f32x4_splat(0)));
}

// Whether every lane of all four is at most its bound; a NaN is not.
inline bool all_le(f32x4 a, f32x4 b, f32x4 c, f32x4 d, f32x4 bound) {
  const v128 ab = wasm_v128_and(wasm_f32x4_le(a.v, bound.v), wasm_f32x4_le(b.v, bound.v));
  const v128 cd = wasm_v128_and(wasm_f32x4_le(c.v, bound.v), wasm_f32x4_le(d.v, bound.v));
  return wasm_i32x4_all_true(wasm_v128_and(ab, cd));
}

// For each set of lanes, one bit a lane, the bytes of those lanes one after the other.
struct Packing {
  alignas(16) uint8_t bytes[16][16] = {};
  constexpr Packing() {
    for (int set = 0; set < 16; ++set) {
      int n = 0;
      for (int i = 0; i < 4; ++i) {
        if ((set >> i & 1) == 0) continue;
        for (int b = 0; b < 4; ++b) bytes[set][n++] = static_cast<uint8_t>(4 * i + b);
      }
    }
  }
};
inline constexpr Packing kPacking;

// The lanes of v that are not at most their bound, NaN among them, one after the other; how many.
// What stands after them in out, room for four, is not theirs.
inline size_t pack_above(float* out, f32x4 v, f32x4 bound) {
  const uint32_t set = 15 - wasm_i32x4_bitmask(wasm_f32x4_le(v.v, bound.v));
  wasm_v128_store(out, wasm_i8x16_swizzle(v.v, wasm_v128_load(kPacking.bytes[set])));
  return static_cast<size_t>(__builtin_popcount(set));
}

// x = f 2^n with f from sqrt(1/2) to sqrt(2), for x from 2⁻¹²⁶; of inf n is 128 and f is 1.
inline f32x4 split(f32x4 x, f32x4* n) {
  const v128 root_half = wasm_i32x4_splat(0x3F3504F3);  // the bits of sqrt(1/2)
  const v128 bits = wasm_i32x4_sub(x.v, root_half);
  n->v = wasm_f32x4_convert_i32x4(wasm_i32x4_shr(bits, 23));
  return {wasm_i32x4_add(wasm_v128_and(bits, wasm_i32x4_splat(0x7FFFFF)), root_half)};
}

// Rows become columns.
inline void transpose(f32x4& a, f32x4& b, f32x4& c, f32x4& d) {
  const v128 ab_low = wasm_i32x4_shuffle(a.v, b.v, 0, 4, 1, 5),
             ab_high = wasm_i32x4_shuffle(a.v, b.v, 2, 6, 3, 7);
  const v128 cd_low = wasm_i32x4_shuffle(c.v, d.v, 0, 4, 1, 5),
             cd_high = wasm_i32x4_shuffle(c.v, d.v, 2, 6, 3, 7);
  a.v = wasm_i64x2_shuffle(ab_low, cd_low, 0, 2);
  b.v = wasm_i64x2_shuffle(ab_low, cd_low, 1, 3);
  c.v = wasm_i64x2_shuffle(ab_high, cd_high, 0, 2);
  d.v = wasm_i64x2_shuffle(ab_high, cd_high, 1, 3);
}

// Four patterns of 32 bits.
struct u32x4 {
  v128 v;
};

inline u32x4 bits(f32x4 a) { return {a.v}; }
inline f32x4 floats(u32x4 a) { return {a.v}; }
inline u32x4 splat_bits(uint32_t x) { return {wasm_i32x4_splat(static_cast<int32_t>(x))}; }

// Four narrower numbers, zeros before them; and the low ends of four patterns that fit.
inline u32x4 load_wide(const uint16_t* p) { return {wasm_u32x4_load16x4(p)}; }
inline u32x4 load_wide(const uint8_t* p) {
  const v128 bytes = wasm_v128_load32_zero(p);
  return {wasm_u32x4_extend_low_u16x8(wasm_u16x8_extend_low_u8x16(bytes))};
}
inline void store_narrow(uint16_t* p, u32x4 a) {
  wasm_v128_store64_lane(p, wasm_u16x8_narrow_i32x4(a.v, a.v), 0);
}
inline void store_narrow(uint8_t* p, u32x4 a) {
  const v128 words = wasm_u16x8_narrow_i32x4(a.v, a.v);
  wasm_v128_store32_lane(p, wasm_u8x16_narrow_i16x8(words, words), 0);
}

// Patterns of binary16 as floats, sixteen at once. Made before a loop, for what it keeps.
class NormalHalves {
 public:
  // y = x when all are normal; false, and y as it was, when one is not.
  bool widen(float* y, const uint16_t* x) const {
    const v128 a = wasm_v128_load(x), b = wasm_v128_load(x + 8);
    const v128 top = wasm_u16x8_max(above_least(a), above_least(b));
    if (wasm_v128_any_true(wasm_u16x8_sub_sat(top, range_))) return false;
    put(y, a);
    put(y + 8, b);
    return true;
  }

 private:
  v128 magnitude_ = all(0x7FFF), least_ = all(0x400), range_ = all(0x77FF), kept_ = all(0x8FFF),
       rebias_ = all(112 << 7);

  static v128 all(uint16_t lanes) {  // as held
    const volatile uint16_t once = lanes;
    return wasm_i16x8_splat(static_cast<int16_t>(once));
  }
  v128 above_least(v128 h) const { return wasm_i16x8_sub(wasm_v128_and(h, magnitude_), least_); }
  void put(float* y, v128 h) const {
    const v128 low = wasm_i16x8_shl(h, 13);
    const v128 high = wasm_i16x8_add(wasm_v128_and(wasm_i16x8_shr(h, 3), kept_), rebias_);
    wasm_v128_store(y, wasm_i16x8_shuffle(low, high, 0, 8, 1, 9, 2, 10, 3, 11));
    wasm_v128_store(y + 4, wasm_i16x8_shuffle(low, high, 4, 12, 5, 13, 6, 14, 7, 15));
  }
};

// Four patterns of binary16 as floats 2⁻¹¹² times as large: subnormal ones are exact too, and
// infinite and NaN ones become numbers. Made before a loop, for what it keeps.
class SmallHalves {
 public:
  f32x4 operator()(const uint16_t* x) const {
    return {wasm_v128_and(wasm_i32x4_shl(wasm_i32x4_load16x4(x), 13), kept_.v)};
  }

 private:
  u32x4 kept_ = [] {
    const volatile uint32_t once = 0x8FFFE000;
    return splat_bits(once);
  }();
};

inline u32x4 operator+(u32x4 a, u32x4 b) { return {wasm_i32x4_add(a.v, b.v)}; }
inline u32x4 operator&(u32x4 a, u32x4 b) { return {wasm_v128_and(a.v, b.v)}; }
inline u32x4 operator^(u32x4 a, u32x4 b) { return {wasm_v128_xor(a.v, b.v)}; }
inline u32x4 operator<<(u32x4 a, int n) { return {wasm_i32x4_shl(a.v, static_cast<uint32_t>(n))}; }
inline u32x4 operator>>(u32x4 a, int n) { return {wasm_u32x4_shr(a.v, static_cast<uint32_t>(n))}; }
inline u32x4 select_lt(u32x4 a, u32x4 b, u32x4 yes, u32x4 no) {
  return {wasm_v128_bitselect(yes.v, no.v, wasm_i32x4_lt(a.v, b.v))};
}

}  // namespace sm

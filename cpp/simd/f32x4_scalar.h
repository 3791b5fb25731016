// f32x4 on plain floats, for engines without SIMD: the same four lanes, so that the bits are the
// same.
#pragma once

namespace sm {

struct f32x4 {
  float v[4];
};

inline f32x4 splat(float x) { return {{x, x, x, x}}; }
inline f32x4 load(const float* p) { return {{p[0], p[1], p[2], p[3]}}; }
inline f32x4 load_splat(const float* p) { return splat(*p); }
inline void store(float* p, f32x4 a) {
  for (int i = 0; i < 4; ++i) p[i] = a.v[i];
}
inline f32x4 load_some(const float* p, size_t n) {
  return {{p[0], n > 1 ? p[1] : 0, n > 2 ? p[2] : 0, 0}};
}
inline void store_some(float* p, f32x4 a, size_t n) {
  for (size_t i = 0; i < n; ++i) p[i] = a.v[i];
}

template <class F>
f32x4 lanewise(F f) {
  return {{f(0), f(1), f(2), f(3)}};
}

inline f32x4 operator+(f32x4 a, f32x4 b) {
  return lanewise([=](int i) { return a.v[i] + b.v[i]; });
}
inline f32x4 operator-(f32x4 a, f32x4 b) {
  return lanewise([=](int i) { return a.v[i] - b.v[i]; });
}
inline f32x4 operator*(f32x4 a, f32x4 b) {
  return lanewise([=](int i) { return a.v[i] * b.v[i]; });
}
inline f32x4 operator/(f32x4 a, f32x4 b) {
  return lanewise([=](int i) { return a.v[i] / b.v[i]; });
}
inline f32x4 min(f32x4 a, f32x4 b) {
  return lanewise([=](int i) { return b.v[i] < a.v[i] ? b.v[i] : a.v[i]; });
}
inline f32x4 max(f32x4 a, f32x4 b) {
  return lanewise([=](int i) { return b.v[i] > a.v[i] ? b.v[i] : a.v[i]; });
}
inline f32x4 sqrt(f32x4 a) {
  return lanewise([=](int i) { return __builtin_sqrtf(a.v[i]); });
}
inline f32x4 madd(f32x4 a, f32x4 b, f32x4 c) {
  return lanewise([=](int i) { return a.v[i] * b.v[i] + c.v[i]; });
}
inline f32x4 select_eq(f32x4 a, f32x4 b, f32x4 yes, f32x4 no) {
  return lanewise([=](int i) { return a.v[i] == b.v[i] ? yes.v[i] : no.v[i]; });
}
inline f32x4 select_lt(f32x4 a, f32x4 b, f32x4 yes, f32x4 no) {
  return lanewise([=](int i) { return a.v[i] < b.v[i] ? yes.v[i] : no.v[i]; });
}

struct f64x4 {
  double v[4];
};

inline f64x4 splat_wide(double x) { return {{x, x, x, x}}; }
inline f64x4 load(const double* p) { return {{p[0], p[1], p[2], p[3]}}; }
inline void store(double* p, f64x4 a) {
  for (int i = 0; i < 4; ++i) p[i] = a.v[i];
}
inline f64x4 wide(f32x4 a) { return {{a.v[0], a.v[1], a.v[2], a.v[3]}}; }
inline f32x4 narrow(f64x4 a) {
  return lanewise([=](int i) { return static_cast<float>(a.v[i]); });
}
inline f64x4 operator+(f64x4 a, f64x4 b) {
  return {{a.v[0] + b.v[0], a.v[1] + b.v[1], a.v[2] + b.v[2], a.v[3] + b.v[3]}};
}
inline f64x4 operator-(f64x4 a, f64x4 b) {
  return {{a.v[0] - b.v[0], a.v[1] - b.v[1], a.v[2] - b.v[2], a.v[3] - b.v[3]}};
}
inline f64x4 operator*(f64x4 a, f64x4 b) {
  return {{a.v[0] * b.v[0], a.v[1] * b.v[1], a.v[2] * b.v[2], a.v[3] * b.v[3]}};
}
inline f64x4 operator/(f64x4 a, f64x4 b) {
  return {{a.v[0] / b.v[0], a.v[1] / b.v[1], a.v[2] / b.v[2], a.v[3] / b.v[3]}};
}
inline double sum(f64x4 a) { return (a.v[0] + a.v[2]) + (a.v[1] + a.v[3]); }

inline f32x4 shift_to_exponent(f32x4 a) {
  return lanewise(
      [=](int i) { return __builtin_bit_cast(float, __builtin_bit_cast(uint32_t, a.v[i]) << 23); });
}
template <int i>
float lane(f32x4 a) {
  return a.v[i];
}
inline f32x4 select_keep(const uint8_t* keep, f32x4 v, f32x4 elsewhere) {
  return lanewise([=](int i) { return keep[i] ? v.v[i] : elsewhere.v[i]; });
}
inline bool all_zero(f32x4 a) { return a.v[0] == 0 && a.v[1] == 0 && a.v[2] == 0 && a.v[3] == 0; }
// Whether every lane of all four is at most its bound; a NaN is not.
inline bool all_le(f32x4 a, f32x4 b, f32x4 c, f32x4 d, f32x4 bound) {
  bool all = true;
  for (int i = 0; i < 4; ++i) {
    const float most = bound.v[i];
    all = all && a.v[i] <= most && b.v[i] <= most && c.v[i] <= most && d.v[i] <= most;
  }
  return all;
}
// The lanes of v that are not at most their bound, NaN among them, one after the other; how many.
// What stands after them in out, room for four, is not theirs.
inline size_t pack_above(float* out, f32x4 v, f32x4 bound) {
  size_t n = 0;
  for (int i = 0; i < 4; ++i) {
    out[n] = v.v[i];
    n += !(v.v[i] <= bound.v[i]);
  }
  return n;
}
inline f32x4 split(f32x4 x, f32x4* n) {
  constexpr int32_t kRootHalf = 0x3F3504F3;  // the bits of sqrt(1/2)
  f32x4 f;
  for (int i = 0; i < 4; ++i) {
    const int32_t bits = static_cast<int32_t>(__builtin_bit_cast(uint32_t, x.v[i]) - kRootHalf);
    n->v[i] = static_cast<float>(bits >> 23);
    f.v[i] = __builtin_bit_cast(float, (bits & 0x7FFFFF) + kRootHalf);
  }
  return f;
}
inline void transpose(f32x4& a, f32x4& b, f32x4& c, f32x4& d) {
  const f32x4 rows[4] = {a, b, c, d};
  f32x4* const columns[4] = {&a, &b, &c, &d};
  for (int i = 0; i < 4; ++i)
    *columns[i] = {{rows[0].v[i], rows[1].v[i], rows[2].v[i], rows[3].v[i]}};
}

struct u32x4 {
  uint32_t v[4];
};

template <class F>
u32x4 bitwise(F f) {
  return {{f(0), f(1), f(2), f(3)}};
}

inline u32x4 bits(f32x4 a) { return __builtin_bit_cast(u32x4, a); }
inline f32x4 floats(u32x4 a) { return __builtin_bit_cast(f32x4, a); }
inline u32x4 splat_bits(uint32_t x) { return {{x, x, x, x}}; }
inline u32x4 load_wide(const uint16_t* p) { return {{p[0], p[1], p[2], p[3]}}; }
inline u32x4 load_wide(const uint8_t* p) { return {{p[0], p[1], p[2], p[3]}}; }
inline void store_narrow(uint16_t* p, u32x4 a) {
  for (int i = 0; i < 4; ++i) p[i] = static_cast<uint16_t>(a.v[i]);
}
inline void store_narrow(uint8_t* p, u32x4 a) {
  for (int i = 0; i < 4; ++i) p[i] = static_cast<uint8_t>(a.v[i]);
}
// Patterns of binary16 as floats, sixteen at once.
class NormalHalves {
 public:
  // y = x when all are normal; false, and y as it was, when one is not.
  bool widen(float* y, const uint16_t* x) const {
    for (int i = 0; i < 16; ++i) {
      if ((x[i] & 0x7C00) == 0 || (x[i] & 0x7C00) == 0x7C00) return false;
    }
    for (int i = 0; i < 16; ++i) {
      const uint32_t m = x[i] & 0x7FFFu, sign = x[i] ^ m;
      y[i] = __builtin_bit_cast(float, (sign << 16) + (m << 13) + (112u << 23));
    }
    return true;
  }
};

// Four patterns of binary16 as floats 2⁻¹¹² times as large: subnormal ones are exact too, and
// infinite and NaN ones become numbers.
class SmallHalves {
 public:
  f32x4 operator()(const uint16_t* x) const {
    f32x4 y;
    for (int i = 0; i < 4; ++i) {
      const uint32_t m = x[i] & 0x7FFFu, sign = x[i] ^ m;
      y.v[i] = __builtin_bit_cast(float, (sign << 16) + (m << 13));
    }
    return y;
  }
};

inline u32x4 operator+(u32x4 a, u32x4 b) {
  return bitwise([=](int i) { return a.v[i] + b.v[i]; });
}
inline u32x4 operator&(u32x4 a, u32x4 b) {
  return bitwise([=](int i) { return a.v[i] & b.v[i]; });
}
inline u32x4 operator^(u32x4 a, u32x4 b) {
  return bitwise([=](int i) { return a.v[i] ^ b.v[i]; });
}
inline u32x4 operator<<(u32x4 a, int n) {
  return bitwise([=](int i) { return a.v[i] << n; });
}
inline u32x4 operator>>(u32x4 a, int n) {
  return bitwise([=](int i) { return a.v[i] >> n; });
}
inline u32x4 select_lt(u32x4 a, u32x4 b, u32x4 yes, u32x4 no) {
  return bitwise([=](int i) { return a.v[i] < b.v[i] ? yes.v[i] : no.v[i]; });
}

}  // namespace sm

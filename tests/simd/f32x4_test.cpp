#include "simd/f32x4.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>

#include "formats.h"
#include "simd/row.h"
#include "support/call.h"
#include "support/near.h"

static const std::vector<float> kNasty = {0,         -0.0f,     1,    -1,          1.5f,
                                          3e-39f,    -3e-39f,   kInf, -kInf,       kLargest,
                                          -kLargest, 0x1p-149f, kNan, 1 + 0x1p-12f};

static std::vector<float> lanes(sm::f32x4 v) {
  std::vector<float> out(4);
  sm::store(out.data(), v);
  return out;
}

static float same(sm::f32x4 v) {
  CHECK_THAT(lanes(v), SameBits(std::vector<float>(4, lanes(v)[0])));
  return lanes(v)[0];
}

TEST_CASE("words of two vectors mean what floats mean, NaN and signed zeros too", "[simd]") {
  for (const float a : kNasty) {
    for (const float b : kNasty) {
      INFO(a << " and " << b);
      const sm::f32x4 p = sm::splat(a), q = sm::splat(b), yes = sm::splat(7), no = sm::splat(-7);
      CHECK(bits_of(same(p + q)) == bits_of(a + b));
      CHECK(bits_of(same(p - q)) == bits_of(a - b));
      CHECK(bits_of(same(p * q)) == bits_of(a * b));
      if (b != 0) CHECK(bits_of(same(p / q)) == bits_of(a / b));
      CHECK(bits_of(same(sm::min(p, q))) == bits_of(b < a ? b : a));
      CHECK(bits_of(same(sm::max(p, q))) == bits_of(b > a ? b : a));
      CHECK(same(sm::select_eq(p, q, yes, no)) == (a == b ? 7 : -7));
      CHECK(same(sm::select_lt(p, q, yes, no)) == (a < b ? 7 : -7));
      for (const float c : kNasty) {
        const uint32_t got = bits_of(same(sm::madd(p, q, sm::splat(c))));
        const bool ok = got == bits_of(a * b + c) || got == bits_of(std::fma(a, b, c));
        CHECK(ok);
      }
    }
  }
}

TEST_CASE("words move lanes where they say", "[simd]") {
  const float x[4] = {1, 2, 3, 4};
  const sm::f32x4 v = sm::load(x);
  CHECK(sm::lane<0>(v) == 1);
  CHECK(sm::lane<1>(v) == 2);
  CHECK(sm::lane<2>(v) == 3);
  CHECK(sm::lane<3>(v) == 4);
  CHECK(same(sm::load_splat(x + 2)) == 3);
  sm::f32x4 a = v, b = v + sm::splat(10), c = v + sm::splat(20), d = v + sm::splat(30);
  sm::transpose(a, b, c, d);
  CHECK_THAT(lanes(a), SameBits({1, 11, 21, 31}));
  CHECK_THAT(lanes(b), SameBits({2, 12, 22, 32}));
  CHECK_THAT(lanes(c), SameBits({3, 13, 23, 33}));
  CHECK_THAT(lanes(d), SameBits({4, 14, 24, 34}));
  const uint8_t keep[4] = {1, 0, 255, 0};
  CHECK_THAT(lanes(sm::select_keep(keep, v, sm::splat(-kInf))), SameBits({1, -kInf, 3, -kInf}));
}

TEST_CASE("four doubles come from four floats and go back, rounded once", "[simd]") {
  const float v[4] = {1, -3.4e38f, 0x1p-149f, 7}, from[4] = {1 - 0x1p-24f, 3.4e38f, -1, 7};
  const double level[4] = {0x1p-30, 1e38, -1e-40, 1.0 / 3};
  const sm::f64x4 gap = sm::wide(sm::load(v)) - sm::wide(sm::load(from)), low = sm::load(level);
  float line[4], quotient[4];
  double sum[4];
  sm::store(line, sm::narrow(gap * sm::splat_wide(1.0 / 3) - low));
  sm::store(quotient, sm::narrow(sm::wide(sm::load(v)) / low));
  sm::store(sum, gap + low);
  for (int i = 0; i < 4; ++i) {
    const double d = double{v[i]} - from[i];
    CHECK(bits_of(line[i]) == bits_of(static_cast<float>(d * (1.0 / 3) - level[i])));
    CHECK(bits_of(quotient[i]) == bits_of(static_cast<float>(double{v[i]} / level[i])));
    CHECK(sum[i] == d + level[i]);
  }
  CHECK(same(sm::narrow(sm::wide(sm::splat(-kInf)) - low)) == -kInf);
  const float w[4] = {1, 0x1p-40f, 0x1p-41f, 3};
  CHECK(sm::sum(sm::wide(sm::load(w))) == 4 + 0x1p-40 + 0x1p-41);
}

TEST_CASE("some lanes are loaded and stored, and none beside them", "[simd]") {
  const std::vector<float> all = {kNan, 2, -0.0f};
  for (size_t n = 1; n <= 3; ++n) {
    const std::vector<float> some(all.begin(), all.begin() + static_cast<ptrdiff_t>(n));
    Guarded<float> from(some, n), to(n, n + 1);
    const sm::f32x4 v = sm::load_some(from.data(), n);
    sm::store_some(to.data(), v, n);
    CHECK_THAT(to.values(), SameBits(some));
    std::vector<float> four = some;
    four.resize(4);
    CHECK_THAT(lanes(v), SameBits(four));
  }
}

TEST_CASE("all_zero sees every lane, -0 as 0 and NaN as no 0", "[simd]") {
  CHECK(sm::all_zero(sm::splat(0)));
  CHECK(sm::all_zero(sm::splat(-0.0f)));
  for (const float other : {1.0f, 0x1p-149f, kNan}) {
    for (int at = 0; at < 4; ++at) {
      float v[4] = {};
      v[at] = other;
      CHECK_FALSE(sm::all_zero(sm::load(v)));
    }
  }
}

TEST_CASE("sqrt is the float's", "[simd]") {
  for (const float v : {0.0f, 1.0f, 2.0f, 0x1p-149f, 1e-30f, 3.3e38f, kInf, kNan})
    CHECK(bits_of(same(sm::sqrt(sm::splat(v)))) == bits_of(std::sqrt(v)));
}

TEST_CASE("all_le asks sixteen lanes, and a NaN is not at most anything", "[simd]") {
  const sm::f32x4 bound = sm::splat(1), fine = sm::splat(1);
  CHECK(sm::all_le(fine, fine, fine, fine, bound));
  CHECK(sm::all_le(sm::splat(-kInf), fine, fine, fine, bound));
  CHECK_FALSE(sm::all_le(fine, fine, fine, fine, sm::splat(kNan)));
  for (const float above : {1 + 0x1p-23f, kInf, kNan, -kNan}) {
    for (int at = 0; at < 16; ++at) {
      float v[16];
      for (float& one : v) one = 1;
      v[at] = above;
      CHECK_FALSE(
          sm::all_le(sm::load(v), sm::load(v + 4), sm::load(v + 8), sm::load(v + 12), bound));
    }
  }
}

TEST_CASE("pack_above packs the lanes above a bound, in their order, NaN among them", "[simd]") {
  const float choices[] = {0, 1, 2, kNan, -kInf, kInf};
  for (int pick = 0; pick < 6 * 6 * 6 * 6; ++pick) {
    float v[4], out[4];
    std::vector<float> wanted;
    for (int i = 0, left = pick; i < 4; ++i, left /= 6) {
      v[i] = choices[left % 6];
      if (!(v[i] <= 1)) wanted.push_back(v[i]);
    }
    const size_t n = sm::pack_above(out, sm::load(v), sm::splat(1));
    CHECK_THAT((std::vector<float>{out, out + n}), SameBits(wanted));
  }
}

TEST_CASE("split takes floats apart, and their parts make them again", "[simd]") {
  bool whole = true, within = true;
  for (uint32_t bits = 0x00800000; bits < 0x7F800000; bits += 9973) {
    float x;
    std::memcpy(&x, &bits, 4);
    sm::f32x4 n;
    const float f = sm::lane<1>(sm::split(sm::splat(x), &n));
    whole &= std::ldexp(f, static_cast<int>(sm::lane<1>(n))) == x;
    within &= f >= std::sqrt(0.5f) && f < std::sqrt(2.0f);
  }
  CHECK(whole);
  CHECK(within);
  sm::f32x4 n;
  CHECK(same(sm::split(sm::splat(kInf), &n)) == 1);
  CHECK(same(n) == 128);
}

TEST_CASE("sum and peak fold lanes in one tree", "[simd]") {
  const float x[4] = {1e8f, 1, -1e8f, 2};
  CHECK(sm::sum(sm::load(x)) == 3);  // in order it would be 2
  for (int at = 0; at < 4; ++at) {
    float y[4] = {-3, -3, -3, -3};
    y[at] = -1;
    CHECK(sm::peak(sm::load(y)) == -1);
  }
}

TEST_CASE("shift_to_exponent makes powers of two of integers", "[simd]") {
  for (int e = -126; e <= 127; ++e) {
    const uint32_t bits = static_cast<uint32_t>(e + 127);
    float pattern;
    std::memcpy(&pattern, &bits, 4);
    CHECK(same(sm::shift_to_exponent(sm::splat(pattern))) == std::ldexp(1.0f, e));
  }
  CHECK(same(sm::shift_to_exponent(sm::splat(0))) == 0);
}

TEST_CASE("patterns of 32 bits are whole numbers", "[simd]") {
  const auto all = [](sm::u32x4 v) {
    std::vector<uint32_t> out;
    for (const float f : lanes(sm::floats(v))) {
      uint32_t bits;
      std::memcpy(&bits, &f, 4);
      out.push_back(bits);
    }
    return out;
  };
  using Patterns = std::vector<uint32_t>;
  const uint32_t some[] = {0, 1, 0x8000, 0x38800000, 0x7FFFFFFF, 0x80000001, 0xFFFFFFFF};
  for (const uint32_t a : some) {
    for (const uint32_t b : some) {
      INFO(a << " and " << b);
      const sm::u32x4 p = sm::splat_bits(a), q = sm::held_bits(b);
      CHECK(all(p + q) == Patterns(4, a + b));
      CHECK(all(p & q) == Patterns(4, a & b));
      CHECK(all(p ^ q) == Patterns(4, a ^ b));
      CHECK(all(p << 13) == Patterns(4, a << 13));
      CHECK(all(p >> 16) == Patterns(4, a >> 16));
      if ((a | b) >> 31 == 0) CHECK(all(sm::select_lt(p, q, p, q)) == Patterns(4, std::min(a, b)));
    }
  }
  const uint16_t words[4] = {0, 1, 0x8000, 0xFFFF};
  const uint8_t bytes[4] = {0, 1, 0x80, 0xFF};
  CHECK(all(sm::load_wide(words)) == Patterns{0, 1, 0x8000, 0xFFFF});
  CHECK(all(sm::load_wide(bytes)) == Patterns{0, 1, 0x80, 0xFF});
  uint16_t words_out[4];
  uint8_t bytes_out[4];
  sm::store_narrow(words_out, sm::load_wide(words));
  sm::store_narrow(bytes_out, sm::load_wide(bytes));
  CHECK(std::equal(words, words + 4, words_out));
  CHECK(std::equal(bytes, bytes + 4, bytes_out));
  CHECK(all(sm::bits(sm::splat(1))) == Patterns(4, 0x3F800000));
}

TEST_CASE("sixteen halves are widened when all are normal, and otherwise none is", "[simd]") {
  const uint16_t some[16] = {0x3C00, 0xBC00, 0x0400, 0x8400, 0x7BFF, 0xFBFF, 0x3555, 0xB555,
                             0x4000, 0x4200, 0x4248, 0xC248, 0x1000, 0x9000, 0x6400, 0x0401};
  const float exact[16] = {
      1, -1, 0x1p-14f,   -0x1p-14f,   65504,    -65504,    0x1.554p-2f, -0x1.554p-2f,
      2, 3,  0x1.92p+1f, -0x1.92p+1f, 0x1p-11f, -0x1p-11f, 1024,        0x1.004p-14f};
  const sm::NormalHalves normal;
  float y[16];
  CHECK(normal.widen(y, some));
  CHECK(std::equal(y, y + 16, exact));
  for (size_t i = 0; i < 16; ++i) {
    for (const uint16_t other : {0x0000, 0x8000, 0x0001, 0x83FF, 0x7C00, 0xFC00, 0x7C01, 0xFFFF}) {
      uint16_t x[16];
      std::copy(some, some + 16, x);
      x[i] = other;
      std::fill(y, y + 16, 7.0f);
      CHECK(!normal.widen(y, x));
      CHECK(std::count(y, y + 16, 7.0f) == 16);
    }
  }
}

TEST_CASE("small halves are all halves but the infinite ones and NaN, 2⁻¹¹² times", "[simd]") {
  const sm::SmallHalves get;
  size_t wrong = 0;
  for (uint32_t pattern = 0; pattern < 0x10000; ++pattern) {
    if ((pattern & 0x7C00) == 0x7C00) continue;
    const uint16_t x[4] = {0, 0, static_cast<uint16_t>(pattern), 0x3C00};
    float y[4], exact;
    sm::store(y, get(x));
    sm::from_float16(&exact, x + 2, 1);
    wrong += bits_of(y[2] * 0x1p112f) != bits_of(exact) || y[0] != 0 || y[3] != 0x1p-112f;
  }
  CHECK(wrong == 0);
}

#include <catch2/catch.hpp>

#include "formats.h"
#include "oracle/formats.h"
#include "support/call.h"
#include "support/near.h"
#include "support/rows.h"
#include "support/time.h"

namespace {

using Widen = void (*)(float*, const uint16_t*, size_t);
using Narrow = void (*)(uint16_t*, const float*, size_t);
struct Format {
  const char* name;
  oracle::Half is;
  Widen widen;
  Narrow narrow;
};
const Format kFormats[] = {{"float16", oracle::float16, sm::from_float16, sm::to_float16},
                           {"bfloat16", oracle::bfloat16, sm::from_bfloat16, sm::to_bfloat16}};

std::vector<float> widened(Widen op, const std::vector<uint16_t>& x, size_t offset = 0) {
  Guarded<uint16_t> in(x, offset);
  Guarded<float> out(x.size(), offset);
  CHECK(allocations([&] { op(out.data(), in.data(), x.size()); }) == 0);
  CHECK(in.values() == x);
  return out.values();
}
std::vector<uint16_t> narrowed(Narrow op, const std::vector<float>& x, size_t offset = 0) {
  Guarded<float> in(x, offset);
  Guarded<uint16_t> out(x.size(), offset);
  CHECK(allocations([&] { op(out.data(), in.data(), x.size()); }) == 0);
  CHECK_THAT(in.values(), SameBits(x));
  return out.values();
}

std::vector<uint16_t> every_pattern() {
  std::vector<uint16_t> all(65536);
  for (size_t i = 0; i < all.size(); ++i) all[i] = static_cast<uint16_t>(i);
  return all;
}

float float_of(uint32_t bits) {
  float v;
  std::memcpy(&v, &bits, 4);
  return v;
}

// Every x whose result is not the nearest of the format, sign of zero included.
size_t mistakes(const Format& format, const std::vector<float>& x) {
  const std::vector<uint16_t> y = narrowed(format.narrow, x);
  size_t wrong = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    const double got = format.is.value(y[i]), exact = format.is.nearest(x[i]);
    const bool right = std::isnan(exact) ? std::isnan(got)
                                         : got == exact && std::signbit(got) == std::signbit(exact);
    if (!right && wrong++ == 0) UNSCOPED_INFO("of " << spell(x[i]) << " came " << got);
  }
  return wrong;
}

}  // namespace

TEST_CASE("every half is the float of its value, and comes back", "[formats]") {
  const std::vector<uint16_t> all = every_pattern();
  for (const Format& format : kFormats) {
    INFO(format.name);
    const std::vector<float> wide = widened(format.widen, all);
    size_t wrong = 0;
    for (size_t i = 0; i < all.size(); ++i) {
      const auto exact = static_cast<float>(format.is.value(all[i]));
      wrong += bits_of(wide[i]) != bits_of(exact) || std::signbit(wide[i]) != (i >= 0x8000);
    }
    CHECK(wrong == 0);
    const std::vector<uint16_t> back = narrowed(format.narrow, wide);
    for (size_t i = 0; i < all.size(); ++i) {
      wrong += std::isnan(wide[i]) ? !std::isnan(format.is.value(back[i])) : back[i] != all[i];
    }
    CHECK(wrong == 0);
  }
}

TEST_CASE("between two halves the nearest comes, and of two the even one", "[formats]") {
  for (const Format& format : kFormats) {
    INFO(format.name);
    std::vector<float> x;
    for (uint32_t low = 0; low < 0x7FFF; ++low) {
      const double a = format.is.value(static_cast<uint16_t>(low));
      double b = format.is.value(static_cast<uint16_t>(low + 1));
      if (std::isinf(b))
        b = 2 * format.is.largest() - format.is.value(static_cast<uint16_t>(low - 1));
      const auto middle = static_cast<float>(a + (b - a) / 2);
      if (!std::isfinite(middle)) continue;
      for (const float v : {middle, std::nextafterf(middle, 0), std::nextafterf(middle, kInf)}) {
        x.push_back(v);
        x.push_back(-v);
      }
    }
    CHECK(x.size() > 6 * 0x7BFF);
    CHECK(mistakes(format, x) == 0);
  }
}

TEST_CASE("floats of every size are rounded to the nearest half", "[formats]") {
  std::vector<float> x;
  for (uint64_t bits = 0; bits < 0x100000000; bits += 2039) {
    x.push_back(float_of(static_cast<uint32_t>(bits)));
  }
  for (const float v : {65504.0f, 65519.99f, 65520.0f, 65536.0f, kLargest, kInf, 0x1p-24f, 0x1p-25f,
                        0x1.000002p-25f, 0x1p-14f, 0x1.ffcp-15f, 0x1p-126f, 0x1p-149f, 0.0f}) {
    x.push_back(v);
    x.push_back(-v);
  }
  // NaN of every kind: also those whose upper half alone would be infinity.
  for (const uint32_t bits : {0x7F800001u, 0xFF800001u, 0x7FC00000u, 0x7F80FFFFu, 0x7FFFFFFFu})
    x.push_back(float_of(bits));
  for (const Format& format : kFormats) {
    INFO(format.name);
    CHECK(mistakes(format, x) == 0);
  }
}

TEST_CASE("halves at every length and place give the bits they give among others", "[formats]") {
  const std::vector<uint16_t> all = every_pattern();
  for (const Format& format : kFormats) {
    INFO(format.name);
    for (size_t n = 0; n <= 40; ++n) {
      for (const size_t offset : {0, 1, 2, 3}) {
        const std::vector<uint16_t> some(all.begin() + 0x2FF0, all.begin() + 0x2FF0 + n);
        const std::vector<float> wide = widened(format.widen, some, offset);
        CHECK(narrowed(format.narrow, wide, offset) == some);
      }
    }
  }
}

TEST_CASE("a half's value does not depend on the halves beside it", "[formats]") {
  const std::vector<uint16_t> all = every_pattern();
  const std::vector<float> wide = widened(sm::from_float16, all);
  std::vector<uint16_t> mixed(1 << 16);
  for (size_t i = 0; i < mixed.size(); ++i) mixed[i] = static_cast<uint16_t>(i * 40503);
  const std::vector<float> got = widened(sm::from_float16, mixed);
  size_t wrong = 0;
  for (size_t i = 0; i < mixed.size(); ++i) wrong += bits_of(got[i]) != bits_of(wide[mixed[i]]);
  CHECK(wrong == 0);
}

TEST_CASE("half speed", "[!benchmark][formats]") {
  std::vector<uint16_t> h(4096, 0x3555);
  std::vector<float> x(4096);
  time("from_float16, 4096", [&] { sm::from_float16(x.data(), h.data(), h.size()); });
  time("to_float16, 4096", [&] { sm::to_float16(h.data(), x.data(), h.size()); });
}

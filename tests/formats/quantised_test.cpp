#include <catch2/catch.hpp>

#include "formats.h"
#include "oracle/formats.h"
#include "support/call.h"
#include "support/near.h"
#include "support/rows.h"
#include "support/time.h"

namespace {

std::vector<uint8_t> every_byte() {
  std::vector<uint8_t> all(256);
  for (size_t i = 0; i < all.size(); ++i) all[i] = static_cast<uint8_t>(i);
  return all;
}

std::vector<uint8_t> narrowed(decltype(sm::to_uint8) op, const std::vector<float>& x,
                              size_t offset = 0) {
  Guarded<float> in(x, offset);
  Guarded<uint8_t> out(x.size(), offset);
  CHECK(allocations([&] { op(out.data(), in.data(), x.size()); }) == 0);
  CHECK_THAT(in.values(), SameBits(x));
  return out.values();
}

}  // namespace

TEST_CASE("every byte is scale times its distance from zero", "[formats]") {
  const std::vector<uint8_t> all = every_byte();
  for (const float scale : {1.0f, 0.1f, 0x1p-8f, 1e30f, 1e-30f}) {
    for (const int zero : {0, 1, 7, 127, 128, 255}) {
      for (const bool has_sign : {false, true}) {
        const int origin = has_sign ? zero - 128 : zero;
        Guarded<uint8_t> in(all, 1);
        Guarded<float> out(256, 3);
        const auto op = has_sign ? sm::from_int8 : sm::from_uint8;
        CHECK(allocations(
                  [&] { op(out.data(), in.data(), scale, static_cast<float>(origin), 256); }) == 0);
        std::vector<float> exact;
        for (const uint8_t byte : all) {
          const int q = has_sign ? static_cast<int8_t>(byte) : byte;
          exact.push_back(static_cast<float>(oracle::dequantised(q, scale, origin)));
        }
        INFO(scale << ", " << origin << (has_sign ? ", int8" : ", uint8"));
        CHECK_THAT(out.values(), SameBits(exact));
      }
    }
  }
}

TEST_CASE("probabilities take the nearest of 255 steps, and 1 the last", "[formats]") {
  std::vector<float> p = {0, -0.0f, 1, 0.5f, 1.5f, -1, kInf, -kInf, kNan, 0x1p-149f, 255 / 256.0f};
  for (int i = 0; i <= 512; ++i) {  // steps, and the ties between them
    const float v = static_cast<float>(i) / 512;
    for (const float near : {v, std::nextafterf(v, 0), std::nextafterf(v, 2)}) p.push_back(near);
  }
  for (const float v : scores(1, 1000, 1, 0).x) p.push_back(v);
  const std::vector<uint8_t> plain = narrowed(sm::to_uint8, p), flipped = narrowed(sm::to_int8, p);
  for (size_t i = 0; i < p.size(); ++i) {
    INFO(spell(p[i]));
    CHECK(plain[i] == oracle::steps(p[i]));
    CHECK(static_cast<int8_t>(flipped[i]) == oracle::steps(p[i]) - 128);
  }
}

TEST_CASE("bytes at every length and place", "[formats]") {
  for (size_t n = 0; n <= 40; ++n) {
    for (const size_t offset : {0, 1, 2, 3}) {
      std::vector<uint8_t> bytes(n);
      for (size_t i = 0; i < n; ++i) bytes[i] = static_cast<uint8_t>(i * 37);
      Guarded<uint8_t> in(bytes, offset);
      Guarded<float> out(n, offset);
      sm::from_uint8(out.data(), in.data(), 0x1p-8f, 0, n);
      CHECK(narrowed(sm::to_uint8, out.values(), offset) == bytes);
      sm::from_int8(out.data(), in.data(), 0x1p-8f, -128, n);
      CHECK(narrowed(sm::to_int8, out.values(), offset) == bytes);
    }
  }
}

TEST_CASE("quantised speed", "[!benchmark][formats]") {
  std::vector<uint8_t> bytes(4096, 0x55);
  std::vector<float> x(4096, 0.25f);
  time("from_uint8, 4096",
       [&] { sm::from_uint8(x.data(), bytes.data(), 0x1p-8f, 0, bytes.size()); });
  time("from_int8, 4096",
       [&] { sm::from_int8(x.data(), bytes.data(), 0x1p-8f, -128, bytes.size()); });
  time("to_uint8, 4096", [&] { sm::to_uint8(bytes.data(), x.data(), x.size()); });
  time("to_int8, 4096", [&] { sm::to_int8(bytes.data(), x.data(), x.size()); });
}

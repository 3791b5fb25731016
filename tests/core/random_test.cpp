#include "core/random.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <set>

#include "support/near.h"

static bool same(sm::Words a, sm::Words b) {
  for (int i = 0; i < 4; ++i) {
    if (a.v[i] != b.v[i]) return false;
  }
  return true;
}

// kat_vectors of Random123, the authors' own code.
TEST_CASE("philox gives the published words", "[core]") {
  CHECK(same(sm::philox({{0, 0, 0, 0}}, 0, 0), {{0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8}}));
  const uint32_t ones = 0xFFFFFFFF;
  CHECK(same(sm::philox({{ones, ones, ones, ones}}, ones, ones),
             {{0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD}}));
  CHECK(same(sm::philox({{0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344}}, 0xA4093822, 0x299F31D0),
             {{0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1}}));
}

TEST_CASE("draws differ by every part of their key, by row and by block", "[core]") {
  std::set<uint32_t> seen;
  const uint32_t keys[5][5] = {
      {0, 0, 0, 0, 0}, {1, 0, 0, 0, 0}, {0, 1, 0, 0, 0}, {0, 0, 1, 0, 0}, {0, 0, 0, 1, 0}};
  for (const auto& key : keys) {
    for (const size_t row : {0, 1, 2}) {
      for (const uint32_t block : {0u, 1u}) {
        for (const uint32_t word : sm::Draws(key).words(row, block).v) seen.insert(word);
      }
    }
  }
  CHECK(seen.size() == 5 * 3 * 2 * 4);
}

TEST_CASE("the first row of a call is the row that its key says", "[core]") {
  const uint32_t key[5] = {7, 8, 9, 10, 0}, later[5] = {7, 8, 9, 10, 1000};
  for (const size_t row : {0, 1, 31})
    CHECK(same(sm::Draws(later).words(row, 3), sm::Draws(key).words(1000 + row, 3)));
}

TEST_CASE("uniform is exact, and neither 0 nor 1", "[core]") {
  const sm::f32x4 u = sm::uniform({{0, 0xFFFFFFFF, 511, 512}});
  CHECK(sm::lane<0>(u) == 0x1p-24f);
  CHECK(sm::lane<1>(u) == 1 - 0x1p-24f);
  CHECK(sm::lane<2>(u) == 0x1p-24f);
  CHECK(sm::lane<3>(u) == 0x1.8p-23f);
}

// All 2²³ numbers there are.
TEST_CASE("gumbel is -log(-log u) of every u", "[core][accuracy]") {
  double worst = 0, low = 0, high = 0;
  bool rising = true;
  float before = -3;
  for (uint32_t n = 0; n < 1u << 23; n += 4) {
    float u[4], g[4];
    const sm::f32x4 four = sm::uniform({{n << 9, (n + 1) << 9, (n + 2) << 9, (n + 3) << 9 | 511}});
    sm::store(u, four);
    sm::store(g, sm::gumbel(four));
    for (int i = 0; i < 4; ++i) {
      const double exact = -std::log(-std::log(double{u[i]}));
      worst = std::max(worst, std::fabs(g[i] - exact) / (0x1p-22 + 2 * ulp(exact)));
      rising &= g[i] >= before - 0x1p-21f;
      before = g[i];
      low = std::min(low, double{g[i]});
      high = std::max(high, double{g[i]});
    }
  }
  INFO("off by " << worst);
  CHECK(worst <= 1);
  CHECK(rising);
  CHECK(low > -2.82);
  CHECK(low < -2.8);
  CHECK(high < 16.64);
  CHECK(high > 16.6);
}

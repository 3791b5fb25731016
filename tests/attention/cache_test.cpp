#include <catch2/catch.hpp>

#include "formats.h"
#include "support/attended.h"
#include "support/time.h"

namespace {

constexpr size_t kTile = sm::cache_tile, kStrip = 32;

// Where a number of a head's rows [capacity, dim] is kept.
size_t key_at(size_t position, size_t d, size_t dim) {
  const size_t half = position / kStrip * kStrip;
  return half * dim + d * kStrip + position % kStrip;
}
size_t value_at(size_t position, size_t d, size_t dim) {
  const size_t strip = d / kStrip * kStrip, wide = std::min(kStrip, dim - strip);
  return position / kTile * kTile * dim + strip * kTile + position % kTile * wide + d % kStrip;
}

struct Kind {
  decltype(sm::append_keys)* append;
  size_t (*at)(size_t, size_t, size_t);
};
const Kind kinds[] = {{sm::append_keys, key_at}, {sm::append_values, value_at}};

}  // namespace

TEST_CASE("what is appended stands where the contract says, and nothing else changes",
          "[attention]") {
  const size_t heads = 2, capacity = 3 * kTile;
  for (const auto& [append, at] : kinds) {
    for (const size_t dim : {1, 3, 8, 31, 32, 33, 80}) {
      for (const size_t from : {0, 1, 31, 63, 64, 100}) {
        for (const size_t n : {0, 1, 2, 33, 70}) {
          const std::vector<float> x = scores(1, heads * n * dim, 100, 0, from + n).x;
          Guarded<float> in(x, 1), cache(std::vector<float>(heads * capacity * dim, 7), 2);
          Guarded<uint16_t> halves(std::vector<uint16_t>(heads * capacity * dim, 7), 1);
          CHECK(append(cache.data(), in.data(), heads, capacity, from, n, dim, sm::in_tiles) == 1);
          CHECK(append(halves.data(), in.data(), heads, capacity, from, n, dim,
                       sm::in_half_tiles) == 1);
          std::vector<float> wanted(heads * capacity * dim, 7);
          std::vector<uint16_t> wanted_halves(wanted.size(), 7);
          for (size_t h = 0; h < heads; ++h) {
            for (size_t i = 0; i < n; ++i) {
              for (size_t d = 0; d < dim; ++d) {
                const float e = x[(h * n + i) * dim + d];
                const size_t place = h * capacity * dim + at(from + i, d, dim);
                wanted[place] = e;
                sm::to_float16(&wanted_halves[place], &e, 1);
              }
            }
          }
          CHECK_THAT(cache.values(), SameBits(wanted));
          CHECK(halves.values() == wanted_halves);
        }
      }
    }
  }
}

TEST_CASE("appending says whether all is finite as halves", "[attention]") {
  for (const auto& [append, at] : kinds) {
    for (const auto& [x, finite] : std::vector<std::pair<float, int>>{
             {65519, 1}, {-65519, 1}, {65520, 0}, {-65520, 0}, {kInf, 0}, {-kInf, 0}, {kNan, 0}}) {
      for (const size_t i : {0, 40, 69}) {
        std::vector<float> row(70);
        row[i] = x;
        Guarded<uint16_t> cache(kTile * 35, 0);
        CHECK(append(cache.data(), row.data(), 1, kTile, 5, 2, 35, sm::in_half_tiles) == finite);
      }
    }
  }
}

TEST_CASE("append speed", "[!benchmark][attention]") {
  Attention a{.keys = 1024, .dim = 64, .value_dim = 64};
  a.fill();
  std::vector<float> cache(a.capacity() * 64);
  for (const auto keeping : {sm::in_tiles, sm::in_half_tiles}) {
    const std::string what = ", 1024 of 64, kept as " + std::to_string(keeping);
    time("append_keys" + what,
         [&] { sm::append_keys(cache.data(), a.k.data(), 1, a.capacity(), 0, 1024, 64, keeping); });
    time("append_values" + what, [&] {
      sm::append_values(cache.data(), a.v.data(), 1, a.capacity(), 0, 1024, 64, keeping);
    });
  }
}

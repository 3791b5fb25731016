#include <catch2/catch.hpp>

#include "maps.h"
#include "support/call.h"
#include "support/near.h"
#include "support/rows.h"
#include "support/time.h"

TEST_CASE("mask_below leaves what is at least the threshold, and NaN", "[maps]") {
  for (const Rows& x : every_row()) {
    for (const float least : {-1e9f, 0.0f, 2.0f, -kInf, kInf}) {
      std::vector<float> expected = x.x;
      for (float& v : expected) v = v < least ? -kInf : v;
      for (const size_t offset : {0, 1, 2, 3}) {
        Guarded<float> in(x.x, offset), out(x.cols, offset);
        CHECK(allocations([&] { sm::mask_below(out.data(), in.data(), least, x.cols); }) == 0);
        INFO(x.name << ", least " << least);
        CHECK_THAT(out.values(), SameBits(expected));
        CHECK_THAT(in.values(), SameBits(x.x));
        sm::mask_below(in.data(), in.data(), least, x.cols);
        CHECK_THAT(in.values(), SameBits(expected));
      }
    }
  }
}

TEST_CASE("mask_below of nothing is nothing", "[maps]") { sm::mask_below(nullptr, nullptr, 0, 0); }

TEST_CASE("mask_below speed", "[!benchmark][maps]") {
  const Rows x = scores(1, 4096);
  std::vector<float> y(x.cols);
  time("mask_below 4096", [&] { sm::mask_below(y.data(), x.x.data(), -1, x.cols); });
}

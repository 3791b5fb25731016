#include "core/sixteens.h"

#include <catch2/catch.hpp>

#include "support/call.h"
#include "support/near.h"
#include "support/rows.h"

// The entries of a row, stride apart, and something between that must stay.
static std::vector<float> spread(const std::vector<float>& row, size_t stride) {
  std::vector<float> x(row.empty() ? 0 : (row.size() - 1) * stride + 1, 7);
  for (size_t i = 0; i < row.size(); ++i) x[i * stride] = row[i];
  return x;
}

TEST_CASE("sixteens are the entries of a row at any stride, and absent ones after the last",
          "[core]") {
  for (size_t cols = 0; cols <= 50; ++cols) {
    const std::vector<float> row = scores(1, cols).x;
    for (const size_t stride : {1, 2, 5}) {
      Guarded<float> x(spread(row, stride), stride);
      const sm::Sixteens sixteens{x.data(), cols, stride, -kInf};
      INFO(cols << " columns, stride " << stride);
      for (size_t i = 0; i < cols; i += 16) {
        Guarded<float> copy(16);
        const float* const p = sixteens.at(copy.data(), i);
        std::vector<float> expected(row.begin() + ptrdiff_t(i), row.end());
        expected.resize(16, -kInf);
        CHECK_THAT(std::vector<float>(p, p + 16), SameBits(expected));
        const bool there = p == x.data() + i;  // nothing is copied that lies as it is wanted
        CHECK(there == (stride == 1 && i + 16 <= cols));
        CHECK(there == sixteens.whole(i));
      }
    }
  }
}

TEST_CASE("sixteens are put where the row has entries, in place too, and nowhere else", "[core]") {
  for (size_t cols = 1; cols <= 50; ++cols) {
    const std::vector<float> row = scores(1, cols).x;
    std::vector<float> doubled = row;
    for (float& v : doubled) v *= 2;
    for (const size_t stride : {1, 2, 5}) {
      for (const bool in_place : {false, true}) {
        Guarded<float> x(spread(row, stride), 1), apart(spread(row, stride), 2);
        float* const y = in_place ? x.data() : apart.data();
        const sm::Sixteens sixteens{x.data(), cols, stride, kNan};
        for (size_t i = 0; i < cols; i += 16) {
          Guarded<float> some(16);
          const float* const from = sixteens.at(some.data(), i);
          float* const to = sixteens.place(y, some.data(), i);
          for (size_t k = 0; k < 16; ++k) to[k] = 2 * from[k];
          sixteens.put(y, some.data(), i);
        }
        INFO(cols << " columns, stride " << stride << (in_place ? ", in place" : ""));
        CHECK_THAT((in_place ? x : apart).values(), SameBits(spread(doubled, stride)));
        if (!in_place) CHECK_THAT(x.values(), SameBits(spread(row, stride)));
      }
    }
  }
}

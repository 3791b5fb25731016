#include "core/even.h"

#include <catch2/catch.hpp>

#include "support/call.h"
#include "support/near.h"
#include "support/rows.h"

// even_row with x and the mask stepping as in a column, and something between that must stay.
static std::vector<float> column(const std::vector<float>& x, size_t stride, float t, int rules,
                                 bool logs, const std::vector<uint8_t>& keep = {}) {
  std::vector<float> in(x.size() * stride, 7);
  std::vector<uint8_t> mask(keep.size() * stride);
  for (size_t i = 0; i < x.size(); ++i) in[i * stride] = x[i];
  for (size_t i = 0; i < keep.size(); ++i) mask[i * stride] = keep[i];
  Guarded<float> y(in, stride % 4);
  sm::even_row(y.data(), y.data(), stride, keep.empty() ? nullptr : mask.data(), stride, x.size(),
               t, rules, logs);
  std::vector<float> shares;
  bool untouched = true;
  const std::vector<float> out = y.values();
  for (size_t i = 0; i < out.size(); ++i) {
    if (i % stride == 0)
      shares.push_back(out[i]);
    else
      untouched &= out[i] == 7;
  }
  CHECK(untouched);
  return shares;
}

TEST_CASE("an even row is written in place, at any stride, and nothing beside it", "[core]") {
  for (const size_t stride : {1, 2, 5}) {
    const auto row = [=](const std::vector<float>& x, float t, int rules) {
      return column(x, stride, t, rules, false);
    };
    CHECK_THAT(row({1, 3, 3}, 0, 0), SameBits({0, 1, 0}));
    CHECK_THAT(row({1, 3, 3}, 0, sm::tie_split), SameBits({0, 0.5f, 0.5f}));
    CHECK_THAT(row({-0.0f, 0, -1}, 0, sm::tie_split), SameBits({0.5f, 0.5f, 0}));
    CHECK_THAT(row({1, -kInf, 3}, kInf, 0), SameBits({0.5f, 0, 0.5f}));
    CHECK_THAT(row({1, kInf, kInf}, 1, 0), SameBits({kNan, kNan, kNan}));
    CHECK_THAT(row({1, kInf, kInf}, 1, sm::infinite_limit), SameBits({0, 0.5f, 0.5f}));
    CHECK_THAT(row({1, kInf, kInf}, 0, sm::infinite_limit), SameBits({0, 0.5f, 0.5f}));
    CHECK_THAT(row({kNan, kInf}, 1, sm::infinite_limit), SameBits({kNan, kNan}));
    CHECK_THAT(row({-kInf, -kInf}, 1, 0), SameBits({kNan, kNan}));
    CHECK_THAT(row({-kInf, -kInf}, 1, sm::empty_zero), SameBits({0, 0}));
    CHECK_THAT(row({-kInf, -kInf}, 0, sm::empty_uniform), SameBits({0.5f, 0.5f}));
  }
}

TEST_CASE("an empty row is shared by what the mask keeps, by all when it keeps nothing", "[core]") {
  const std::vector<float> none(4, -kInf);
  for (const size_t stride : {1, 3}) {
    CHECK_THAT(column(none, stride, 1, sm::empty_uniform, false, {1, 0, 255, 0}),
               SameBits({0.5f, 0, 0.5f, 0}));
    CHECK_THAT(column(none, stride, 1, sm::empty_uniform, false, {0, 0, 0, 0}),
               SameBits({0.25f, 0.25f, 0.25f, 0.25f}));
  }
}

TEST_CASE("shares are the nearest floats to 1/n, and their logs to -log n", "[core][accuracy]") {
  Errors shares, logs;
  for (const size_t n : {1, 2, 3, 7, 100, 1000, 99999}) {
    const std::vector<float> x(n, -kInf);
    const double part = 1 / static_cast<double>(n);
    const float log = column(x, 1, 1, sm::empty_uniform, true)[n - 1];
    shares.add(column(x, 1, 1, sm::empty_uniform, false)[n / 2], part, ulp(part), "shares");
    if (n == 1) CHECK(log == 0);
    if (n > 1) logs.add(log, std::log(part), ulp(std::log(part)), std::to_string(n) + " logs");
  }
  INFO(shares.where << "; " << logs.where);
  CHECK(shares.max <= 0.5);
  CHECK(logs.max <= 0.51);
  CHECK_THAT(column({1, 2}, 1, 0, 0, true), SameBits({-kInf, 0}));
}

#include "core/axis.h"

#include <catch2/catch.hpp>

#include "support/call.h"
#include "support/near.h"
#include "support/rows.h"

TEST_CASE("Keep makes masked scores -inf in every layout, and copies nothing without a mask",
          "[core]") {
  for (const size_t inner : {1, 2, 5, 30}) {
    for (const bool shared : {false, true}) {
      const size_t cols = 7;
      const Rows x = scores(30, cols);
      const Call call{.mask = random_mask(shared ? cols : x.x.size()), .inner = inner};
      const std::vector<uint8_t> bytes = shared ? call.mask : laid_out(call.mask, cols, inner);
      for (size_t offset = 0; offset < 16; ++offset) {  // bytes of the mask, floats of the scores
        Guarded<uint8_t> mask(bytes, offset);
        Guarded<float> in(laid_out(x.x, cols, inner), offset), out(x.x.size(), offset);
        const sm::Axis axis{30 / inner, cols, inner};
        const sm::Keep keep(mask.data(), axis, shared ? sm::shared_mask : 0);
        for (size_t o = 0; o < axis.outer; ++o) {
          float* const y = out.data() + o * axis.slice();
          CHECK(keep.apply(y, in.data() + o * axis.slice(), o) == y);
        }
        std::vector<float> expected = x.x;
        for (size_t i = 0; i < expected.size(); ++i)
          if (!call.keeps(i / cols, i % cols, cols)) expected[i] = -kInf;
        INFO("inner " << inner << ", offset " << offset << (shared ? ", one mask" : ""));
        CHECK_THAT(as_rows(out.values(), cols, inner), SameBits(expected));
        for (size_t r = 0; r < 30; ++r) {
          const uint8_t* const row = keep.row(r / inner, r % inner);
          for (size_t c = 0; c < cols; ++c)
            CHECK((row[c * keep.step()] != 0) == call.keeps(r, c, cols));
        }
      }
    }
  }
  const float x = 1;
  float y = 2;
  CHECK(sm::Keep(nullptr, {1, 1, 1}, 0).apply(&y, &x, 0) == &x);
  CHECK(y == 2);
}

TEST_CASE("column_peaks are the peaks of the columns", "[core]") {
  for (const size_t cols : kLengths) {
    const Rows x = stack(every_row(), cols);
    const std::vector<float> across = laid_out(x.x, cols, x.rows);
    for (size_t j = 0; j < x.rows; j += 50) {
      const size_t n = std::min<size_t>(50, x.rows - j);
      std::vector<float> top(n), exact;
      const bool all = sm::column_peaks(top.data(), across.data() + j, cols, x.rows, n);
      for (size_t k = 0; k < n; ++k) exact.push_back(sm::peak(x.row(j + k).x.data(), cols));
      CHECK_THAT(top, SameBits(exact));
      CHECK(all == std::all_of(exact.begin(), exact.end(), sm::finite));
    }
  }
}

// A map whose functions write which row they were given, and who they are.
enum Who : int { kRow = 1, kRows, kColumnsOf, kEdge };
static float told(Who who, size_t r) { return static_cast<float>(who * 10000 + int(r)); }

static std::vector<float> seen(const Rows& x, const Call& call) {
  Arguments a(x.rows, x.cols, call);
  Guarded<float> in(laid_out(x.x, x.cols, call.inner), 1), out(x.x.size(), 2);
  sm::RowMap map{};
  map.y = out.data();
  map.x = in.data();
  map.mask = a.mask.or_null();
  map.t = a.t.or_null();
  map.axis = {a.outer, x.cols, call.inner};
  map.rules = a.rules;
  map.row = [](const sm::RowMap& m, size_t r, float* y, const float* x, const sm::Temperature&) {
    const float top = sm::peak(x, m.axis.cols);
    if (sm::finite(top)) std::fill_n(y, m.axis.cols, told(kRow, r));
    return sm::finite(top);
  };
  map.rows = [](const sm::RowMap& m, size_t r, float* y, const float*, size_t n,
                const sm::Temperature&, const float*) {
    for (size_t k = 0; k < n; ++k)
      std::fill_n(y + k * m.axis.cols, m.axis.cols, told(kRows, r + k));
  };
  map.columns = [](const sm::RowMap& m, size_t r, float* y, const float* x, size_t stride, size_t n,
                   const sm::Temperature& t, float* top) {
    std::vector<float> own(n);
    CHECK(sm::column_peaks(own.data(), x, m.axis.cols, stride, n));
    for (size_t j = 0; j < n; ++j)
      if (!sm::near(own[j], top[j], t)) return false;
    for (size_t c = 0; c < m.axis.cols; ++c)
      for (size_t j = 0; j < n; ++j) y[c * stride + j] = told(kColumnsOf, r + j);
    return true;
  };
  map.edge = [](const sm::RowMap& m, size_t r, float* y, const float*, size_t stride,
                const uint8_t*, size_t, float) {
    for (size_t c = 0; c < m.axis.cols; ++c) y[c * stride] = told(kEdge, r);
  };
  sm::map_rows(map);
  return as_rows(out.values(), x.cols, call.inner);
}

TEST_CASE("which function sees a row depends on its length and its scores, not on its neighbours",
          "[core]") {
  for (const size_t inner : {1, 2, 20, 300}) {
    for (const size_t cols : {1, 5, 128, 129, 131}) {
      Rows x = scores(600, cols);
      for (size_t r = 0; r < x.rows; r += 7) x.x[r * cols] = r % 2 ? kInf : -kInf;
      for (size_t r = 1; r < x.rows; r += 7) x.x[r * cols + cols - 1] += 1000;
      for (const bool many : {false, true}) {
        Call call{.inner = inner};
        if (many) call.t.assign(x.rows, 2), call.t[5] = 0, call.t[6] = kInf;
        std::vector<float> expected;
        for (size_t r = 0; r < x.rows; ++r) {
          const bool cold = many && (r == 5 || r == 6);
          const bool edge = cold || !sm::finite(sm::peak(x.row(r).x.data(), cols));
          const Who who = edge ? kEdge : inner > 1 ? kColumnsOf : cols <= sm::kShort ? kRows : kRow;
          expected.insert(expected.end(), cols, told(who, r));
        }
        INFO("inner " << inner << ", " << cols << " columns" << (many ? ", a t for each row" : ""));
        CHECK_THAT(seen(x, call), SameBits(expected));
        call.mask.assign(x.x.size(), 1);
        CHECK_THAT(seen(x, call), SameBits(expected));
      }
    }
  }
}

TEST_CASE("1/t in a gradient is 0 at the temperatures 0 and inf, and finite at the least",
          "[core]") {
  const float t[] = {2, 0, kInf, 0x1p-149f, 0.25f};
  const float exact[] = {0.5f, 0, 0, 0x1p126f, 4};
  CHECK(sm::per_temperature(nullptr, 0, 3) == 1);
  for (size_t r = 0; r < 5; ++r) {
    CHECK(sm::per_temperature(t, 0, r) == 0.5f);
    CHECK(sm::per_temperature(t, sm::row_temperature, r) == exact[r]);
  }
}

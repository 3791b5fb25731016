#include "core/tile.h"

#include <catch2/catch.hpp>

#include "formats.h"
#include "support/call.h"

namespace {

std::vector<float> normals(size_t n, uint64_t seed) { return scores(1, n, 1, 0, seed).x; }

}  // namespace

TEST_CASE("products with a panel are sums in order, at every size", "[tile]") {
  for (const size_t rows : {1, 3, 4, 5, 8, 11}) {
    for (const size_t depth : {0, 1, 2, 3, 8, 13}) {
      Guarded<float> a(normals(rows * (depth + 3), 1), 1), b(normals(depth * 8, 2), 2),
          c(rows * 8, 3);
      sm::rows_by_panel(c.data(), a.data(), depth + 3, 1, rows, b.data(), depth, 2);
      double worst = 0;
      for (size_t i = 0; i < rows * 8; ++i) {
        double exact = 0, size = 0;
        for (size_t d = 0; d < depth; ++d) {
          const double term = 2.0 * a.data()[i / 8 * (depth + 3) + d] * b.data()[d * 8 + i % 8];
          exact += term;
          size += std::fabs(term);
        }
        worst = std::max(worst, std::fabs(c.data()[i] - exact) - 16 * kU * size);
      }
      CHECK(worst <= 0);
    }
  }
}

TEST_CASE("products with a panel are the same of rows that stand in columns", "[tile]") {
  const size_t rows = 7, depth = 5;
  Guarded<float> a(normals(rows * depth, 1), 1), b(normals(depth * 8, 2), 2), c(rows * 8, 3),
      same(rows * 8, 0), turned(rows * depth, 2);
  for (size_t i = 0; i < rows * depth; ++i)
    turned.data()[i % depth * rows + i / depth] = a.data()[i];
  sm::rows_by_panel(c.data(), a.data(), depth, 1, rows, b.data(), depth, 2);
  sm::rows_by_panel(same.data(), turned.data(), 1, rows, rows, b.data(), depth, 2);
  CHECK_THAT(same.values(), SameBits(c.values()));
}

TEST_CASE("mixed rows are sums in order, and of halves the same", "[tile]") {
  for (const size_t cols : {1, 2, 3, 4, 5, 15, 16, 17, 24, 31, 32}) {
    for (const size_t rows : {0, 1, 2, 33}) {
      Guarded<uint16_t> halves(rows * cols, 1);
      sm::to_float16(halves.data(), normals(rows * cols, 1).data(), rows * cols);
      Guarded<float> a(rows * cols, 3), w(normals(rows, 2), 2), larger(w.values(), 1),
          c(normals(cols, 3), 1);
      sm::from_float16(a.data(), halves.data(), rows * cols);
      const std::vector<float> before = c.values();
      sm::add_mixed(c.data(), w.data(), a.data(), rows, cols, 2);
      double worst = 0;
      for (size_t x = 0; x < cols; ++x) {
        double exact = before[x], size = std::fabs(exact);
        for (size_t r = 0; r < rows; ++r) {
          const double term = 2.0 * w.data()[r] * a.data()[r * cols + x];
          exact += term;
          size += std::fabs(term);
        }
        worst = std::max(worst, std::fabs(c.data()[x] - exact) - 36 * kU * size);
      }
      CHECK(worst <= 0);
      for (size_t r = 0; r < rows; ++r) larger.data()[r] *= 0x1p112f;
      Guarded<float> same(before, 2);
      sm::add_mixed(same.data(), larger.data(), halves.data(), rows, cols, 2);
      CHECK_THAT(same.values(), SameBits(c.values()));
    }
  }
}

TEST_CASE("columns are scaled and added to, and what is not shown does not count", "[tile]") {
  const size_t depth = 5;
  for (const size_t cols : {1, 4, 7, 12}) {
    Guarded<float> a(normals(depth * cols, 1), 1), b(normals(depth * 8, 2), 2),
        c(normals(cols * 8, 3), 3), same(c.values(), 0), factor(normals(8, 4), 1),
        shown(std::vector<float>(depth * 8, 1), 0);
    const std::vector<float> before = c.values();
    sm::columns_by_panel(c.data(), a.data(), cols, cols, b.data(), depth, factor.data());
    sm::shown_columns_by_panel(same.data(), a.data(), cols, cols, b.data(), shown.data(), depth,
                               factor.data());
    CHECK_THAT(same.values(), SameBits(c.values()));
    double worst = 0;
    for (size_t i = 0; i < cols * 8; ++i) {
      double exact = double{before[i]} * factor.data()[i % 8], size = std::fabs(exact);
      for (size_t j = 0; j < depth; ++j) {
        const double term = double{a.data()[j * cols + i / 8]} * b.data()[j * 8 + i % 8];
        exact += term;
        size += std::fabs(term);
      }
      worst = std::max(worst, std::fabs(c.data()[i] - exact) - 8 * kU * size);
    }
    CHECK(worst <= 0);
    // A hidden NaN in row 2 changes nothing where b is 0.
    for (size_t x = 0; x < cols; ++x) a.data()[2 * cols + x] = 0;
    Guarded<float> clean(before, 0), spoiled(before, 0);
    sm::columns_by_panel(clean.data(), a.data(), cols, cols, b.data(), depth, factor.data());
    for (size_t x = 0; x < cols; ++x) a.data()[2 * cols + x] = kNan;
    for (size_t l = 0; l < 8; ++l) shown.data()[16 + l] = 0;
    sm::shown_columns_by_panel(spoiled.data(), a.data(), cols, cols, b.data(), shown.data(), depth,
                               factor.data());
    CHECK_THAT(spoiled.values(), SameBits(clean.values()));
  }
}

TEST_CASE("rows by rows add, and panels turn rows to columns and back", "[tile]") {
  const size_t depth = sm::kDepth;
  Guarded<float> a(normals(5 * depth, 1), 1), b(normals(depth * 16, 2), 2),
      c(normals(5 * 16, 3), 3);
  const std::vector<float> before = c.values();
  sm::rows_by_rows(c.data(), a.data(), 5, b.data(), 16);
  for (size_t i = 0; i < 5 * 16; ++i) {
    double exact = before[i], size = std::fabs(exact);
    for (size_t d = 0; d < depth; ++d) {
      const double term = double{a.data()[i / 16 * depth + d]} * b.data()[d * 16 + i % 16];
      exact += term;
      size += std::fabs(term);
    }
    CHECK(std::fabs(c.data()[i] - exact) <= depth * kU * size);
  }
  const std::vector<float> ones(8, 1);
  for (const size_t rows : {1, 3, 8}) {
    for (const size_t cols : {1, 4, 7}) {
      Guarded<float> x(normals(rows * cols, 5), 1), panel(cols * 8, 0), y(rows * cols, 2);
      sm::panel_of(panel.data(), x.data(), cols, rows, cols);
      for (size_t i = 0; i < cols * 8; ++i)
        CHECK(panel.data()[i] == (i % 8 < rows ? x.data()[i % 8 * cols + i / 8] : 0));
      sm::rows_of(y.data(), cols, rows, panel.data(), cols, ones.data(), false);
      CHECK_THAT(y.values(), SameBits(x.values()));
      sm::rows_of(y.data(), cols, rows, panel.data(), cols, ones.data(), true);
      for (size_t i = 0; i < rows * cols; ++i) CHECK(y.data()[i] == 2 * x.data()[i]);
      sm::add_scaled(y.data(), x.data(), rows * cols, -2);
      CHECK_THAT(y.values(), SameBits(std::vector<float>(rows * cols, 0)));
    }
  }
}

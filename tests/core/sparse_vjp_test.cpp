#include <catch2/catch.hpp>

#include "core/threshold.h"
#include "oracle/sparse.h"
#include "support/call.h"
#include "support/near.h"
#include "support/rows.h"

namespace {

std::vector<float> alphas;  // of a call: one, or one for each row

void vjp(float* dx, const float* y, const float* dy, const float* t, size_t outer, size_t cols,
         size_t inner, int rules) {
  sm::sparse_vjp_rows(dx, y, dy, t, alphas.data(), {outer, cols, inner},
                      rules | (alphas.size() > 1 ? sm::row_alpha : 0));
}

// Rows of probabilities, some of them 0.
Rows probabilities(size_t rows, size_t cols) {
  Rows y{"", rows, cols, scores(rows, cols, 1).x};
  for (size_t r = 0; r < rows; ++r) {
    float* const row = y.x.data() + r * cols;
    double sum = 0;
    for (size_t c = 0; c < cols; ++c) {
      row[c] = c > 0 && row[c] < -0.5f ? 0 : std::fabs(row[c]) + 0.01f;
      sum += row[c];
    }
    for (size_t c = 0; c < cols; ++c) row[c] = static_cast<float>(row[c] / sum);
  }
  return y;
}

// dx of one row in double and what it may be off by.
void compare(Errors& errors, const std::vector<float>& dx, const Rows& y,
             const std::vector<float>& dy, double alpha, double t) {
  const oracle::Values p(y.x.begin(), y.x.end()), g(dy.begin(), dy.end());
  const auto s = [&](size_t i) { return p[i] == 0 ? 0 : std::pow(p[i], 2 - alpha); };
  double along = 0, total = 0;
  for (size_t i = 0; i < p.size(); ++i) along += s(i) * std::fabs(g[i]), total += s(i);
  errors.add(
      dx, oracle::sparse_vjp(p, g, alpha, t),
      [&](size_t i) {
        const double log = p[i] == 0 ? 0 : std::fabs(std::log(p[i]));
        return kU * (8 + 4 * log) * s(i) * (std::fabs(g[i]) + along / total) / t + 0x1p-149;
      },
      "alpha " + spell(alpha) + ", " + std::to_string(p.size()) + " columns");
}

std::vector<float> part_of(const std::vector<float>& all, size_t r, size_t cols) {
  return {all.begin() + ptrdiff_t(r * cols), all.begin() + ptrdiff_t((r + 1) * cols)};
}

}  // namespace

TEST_CASE("the gradient of a sparse map is that in double, at one alpha and at one for each row",
          "[core][accuracy]") {
  const std::vector<float> each = {0.5f, 1, 1.25f, 1.5f, 2, 2.5f, 4, 0.9f};
  const std::vector<float> t = {1, 0.5f, 3, 0.7f, 1, 2, 1, 0.25f};
  Errors errors;
  for (const size_t cols : kLengths) {
    const Rows y = probabilities(8, cols);
    const std::vector<float> dy = scores(8, cols, 2, 0.5, 99).x;
    for (const size_t inner : {1, 4}) {
      for (const Place place : {Place::apart, Place::on_y, Place::on_dy}) {
        alphas = each;
        const std::vector<float> own = run(vjp, y, dy, {.t = t, .inner = inner}, place);
        for (size_t r = 0; r < 8; ++r)
          compare(errors, part_of(own, r, cols), y.row(r), part_of(dy, r, cols), each[r], t[r]);
        for (const float alpha : each) {
          alphas = {alpha};
          const std::vector<float> all = run(vjp, y, dy, {.t = t, .inner = inner}, place);
          for (size_t r = 0; r < 8; ++r)
            compare(errors, part_of(all, r, cols), y.row(r), part_of(dy, r, cols), alpha, t[r]);
        }
      }
    }
  }
  INFO(errors.where);
  CHECK(errors.max <= 1);
}

TEST_CASE("what arrives where y is 0 does not count, at any alpha", "[core]") {
  const Rows y{"", 1, 4, {0.5f, 0, 0.25f, 0.25f}};
  for (const float alpha : {0.5f, 1.25f, 1.5f, 2.0f, 3.0f}) {
    alphas = {alpha};
    const std::vector<float> dx = run(vjp, y, {1, 2, 3, 4});
    INFO("alpha " << alpha);
    CHECK(dx[1] == 0);
    CHECK(dx[0] < 0);
    for (const float lost : {kNan, kInf}) CHECK_THAT(run(vjp, y, {1, lost, 3, 4}), SameBits(dx));
    for (const float v : run(vjp, {"", 1, 2, {kNan, kNan}}, {1, 2})) CHECK(std::isnan(v));
    for (const float none : {0.0f, kInf}) {
      for (const float v : run(vjp, y, {1, 2, 3, 4}, {.t = {none}})) CHECK(v == 0);
    }
  }
}

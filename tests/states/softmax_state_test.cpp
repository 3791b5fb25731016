#include <catch2/catch.hpp>

#include "oracle/states.h"
#include "states.h"
#include "support/call.h"
#include "support/hash.h"
#include "support/near.h"
#include "support/rows.h"
#include "support/time.h"

namespace {

struct State {
  std::vector<float> peak, total;
};

State fold(const Rows& in, const Call& call = {}) {
  Arguments a(in.rows, in.cols, call);
  Guarded<float> x(laid_out(in.x, in.cols, call.inner), call.offset), peak(in.rows, call.offset),
      total(in.rows, call.offset);
  CHECK(allocations([&] {
          sm::softmax_state_fold(peak.data(), total.data(), x.data(), a.mask.or_null(),
                                 a.t.or_null(), a.outer, in.cols, call.inner, a.rules);
        }) == 0);
  return {peak.values(), total.values()};
}

State merge(const State& a, const State& b) {
  const size_t rows = a.peak.size();
  Guarded<float> peak_a(a.peak, 0), total_a(a.total, 1), peak_b(b.peak, 2), total_b(b.total, 3),
      peak(rows), total(rows);
  sm::softmax_state_merge(peak.data(), total.data(), peak_a.data(), total_a.data(), peak_b.data(),
                          total_b.data(), rows);
  const State merged{peak.values(), total.values()};
  sm::softmax_state_merge(peak_a.data(), total_a.data(), peak_a.data(), total_a.data(),
                          peak_b.data(), total_b.data(), rows);
  CHECK_THAT(peak_a.values(), SameBits(merged.peak));  // in place
  CHECK_THAT(total_a.values(), SameBits(merged.total));
  return merged;
}

std::vector<float> read(const State& s) {
  Guarded<float> peak(s.peak, 1), total(s.total, 2), lse(s.peak.size(), 3);
  sm::softmax_state_read(lse.data(), peak.data(), total.data(), s.peak.size());
  return lse.values();
}

std::vector<float> apply(const Rows& in, const State& s, const Call& call = {}) {
  Arguments a(in.rows, in.cols, call);
  Guarded<float> x(laid_out(in.x, in.cols, call.inner), call.offset), peak(s.peak, 0),
      total(s.total, 0), y(call.in_place ? 0 : in.x.size(), call.offset);
  Guarded<float>& out = call.in_place ? x : y;
  CHECK(allocations([&] {
          sm::softmax_state_apply(out.data(), x.data(), a.mask.or_null(), a.t.or_null(),
                                  peak.data(), total.data(), a.outer, in.cols, call.inner, a.rules);
        }) == 0);
  return as_rows(out.values(), in.cols, call.inner);
}

// Columns from … to of every row.
Rows piece(const Rows& x, size_t from, size_t to) {
  Rows part{x.name, x.rows, to - from, {}};
  for (size_t r = 0; r < x.rows; ++r) {
    part.x.insert(part.x.end(), x.x.begin() + ptrdiff_t(r * x.cols + from),
                  x.x.begin() + ptrdiff_t(r * x.cols + to));
  }
  return part;
}

void check_same(const State& a, const State& b) {
  CHECK_THAT(a.peak, SameBits(b.peak));
  CHECK_THAT(a.total, SameBits(b.total));
}

}  // namespace

TEST_CASE("softmax_state_fold is the oracle's", "[states][accuracy]") {
  for (const float t : {1.0f, 0.5f, 0.7f, 30.0f}) {
    Errors peaks, totals;
    for (const size_t cols : kLengths) {
      Rows x = stack(every_row(), cols);
      x.rows -= x.rows % 3;
      x.x.resize(x.rows * cols);
      for (const size_t inner : {1, 3}) {
        for (const std::vector<uint8_t>& mask : {std::vector<uint8_t>(), random_mask(x.x.size())}) {
          const Call call{.t = {t}, .mask = mask, .inner = inner};
          const State s = fold(x, call);
          for (size_t r = 0; r < x.rows; ++r) {
            oracle::State exact = oracle::softmax_state(oracle::row_of(x, r, call));
            // NaN is in the total, and perhaps in the peak.
            if (!std::isnan(exact.peak))
              peaks.add(s.peak[r], exact.peak, ulp(exact.peak), x.name + ", t " + spell(t), r);
            // The total makes up for what rounding the peak lost: it is right for the peak there
            // is.
            if (std::isfinite(s.peak[r])) exact.total *= std::exp(exact.peak - double{s.peak[r]});
            // Peaks of 10⁹ and more are rounded by more than exp can make up.
            if (!(std::fabs(exact.peak) > 1e9) || std::isinf(exact.peak)) {
              totals.add(s.total[r], exact.total, kU * exact.total, x.name + ", t " + spell(t), r);
            }
          }
        }
      }
    }
    INFO(peaks.where << "; " << totals.where);
    CHECK(peaks.max <= 0.51);
    CHECK(totals.max <= 4);
  }
}

TEST_CASE("softmax_state_read of a fold is the log-sum-exp", "[states][accuracy]") {
  Errors errors;
  std::vector<Rows> all = every_row();
  for (Rows& x : long_rows()) all.push_back(std::move(x));
  for (const Rows& x : all) {
    const double exact = oracle::log_sum_exp(x)[0];
    const oracle::Row row = oracle::row_of(x, 0, {});
    const double log_total = oracle::is_ordinary(row) ? oracle::log_total(oracle::gaps(row)) : 0;
    // The total is rounded to a float about 1 or more: its log is good to 4 2⁻²⁴ and no better.
    errors.add(read(fold(x))[0], exact, 1.5 * ulp(std::max(std::fabs(exact), log_total)) + 4 * kU,
               x.name);
  }
  INFO(errors.where);
  CHECK(errors.max <= 1);
}

TEST_CASE("softmax states of pieces merge into that of the whole, and give its probabilities",
          "[states][accuracy]") {
  // Powers of two: peaks of 10³⁰ divided by anything else are rounded by more than a state can make
  // up.
  for (const float t : {1.0f, 4.0f}) {
    Errors lse, y;
    for (const size_t cols : {2, 7, 33, 64, 65, 131, 1000}) {
      Rows x = cols == 1000 ? scores(6, cols, 10) : stack(every_row(), cols);
      x.rows -= x.rows % 2;
      x.x.resize(x.rows * cols);
      for (const size_t inner : {1, 2}) {
        const Call call{.t = {t}, .rules = 0, .inner = inner};
        const oracle::Values p = oracle::softmax(x, call), whole = oracle::log_sum_exp(x, call);
        for (const size_t cut : {size_t{1}, cols / 2, cols - 1}) {
          const Rows left = piece(x, 0, cut), right = piece(x, cut, cols);
          const State s = merge(fold(left, call), fold(right, call));
          lse.add(
              read(s), whole, [&](size_t r) { return 1.5 * ulp(whole[r]) + 6 * kU; }, x.name);
          const Rows ys[] = {{"", x.rows, cut, apply(left, s, call)},
                             {"", x.rows, cols - cut, apply(right, s, call)}};
          for (size_t i = 0; i < p.size(); ++i) {
            const size_t r = i / cols, c = i % cols;
            const float got = c < cut ? ys[0].x[r * cut + c] : ys[1].x[r * (cols - cut) + c - cut];
            y.add(got, p[i], probability_ulp(p[i]), x.name + ", t " + spell(t), i);
          }
        }
      }
    }
    INFO(lse.where << "; " << y.where);
    CHECK(lse.max <= 1);
    CHECK(y.max <= 6);  // 4, and two roundings of the total while merging
  }
}

TEST_CASE("softmax_state_merge is commutative, and associative up to rounding", "[states]") {
  for (const size_t cols : kLengths) {
    const Rows x = stack(every_row(), cols);
    const State a = fold(x), b = fold(scores(x.rows, cols)), c = fold(scores(x.rows, 5, 3, 2));
    check_same(merge(a, b), merge(b, a));
    const std::vector<float> left = read(merge(merge(a, b), c)),
                             right = read(merge(a, merge(b, c)));
    Errors errors;
    errors.add(
        left, {right.begin(), right.end()}, [&](size_t r) { return ulp(right[r]) + 4 * kU; },
        x.name);
    INFO(errors.where);
    CHECK(errors.max <= 2);
  }
}

TEST_CASE("the state of nothing changes no other when merged", "[states]") {
  for (const size_t cols : kLengths) {
    const Rows x = stack(every_row(), cols);
    const State a = fold(x), nothing = fold({"", x.rows, 0, {}});
    CHECK_THAT(nothing.peak, SameBits(std::vector<float>(x.rows, -kInf)));
    CHECK_THAT(nothing.total, SameBits(std::vector<float>(x.rows, 0)));
    CHECK_THAT(read(nothing), SameBits(std::vector<float>(x.rows, -kInf)));
    check_same(merge(a, nothing), a);
    check_same(merge(nothing, a), a);
  }
}

TEST_CASE("softmax_state_apply answers for edge rows as softmax does", "[states]") {
  for (const size_t cols : kLengths) {
    const Rows x = stack(edge_rows(), cols);
    for (const int rules : {0, int{sm::empty_zero}, int{sm::infinite_limit}}) {
      const Call call{.rules = rules};
      const std::vector<float> y = apply(x, fold(x, call), call);
      Errors errors;
      const oracle::Values exact = oracle::softmax(x, call);
      errors.add(
          y, exact, [&](size_t i) { return probability_ulp(exact[i]); }, x.name);
      INFO(errors.where << ", rules " << rules);
      CHECK(errors.max <= 4);
      CHECK_THAT(apply(x, fold(x, call), {.rules = rules, .in_place = true}), SameBits(y));
    }
  }
}

TEST_CASE("softmax_state_apply gives masked scores nothing", "[states]") {
  for (const size_t cols : kLengths) {
    const Rows x = stack(every_row(), cols);
    const Call call{.mask = random_mask(x.x.size()), .rules = sm::empty_zero};
    Errors errors;
    const oracle::Values exact = oracle::softmax(x, call);
    errors.add(
        apply(x, fold(x, call), call), exact, [&](size_t i) { return probability_ulp(exact[i]); },
        x.name);
    INFO(errors.where);
    CHECK(errors.max <= 5);  // 4, and the rounding of the state's total
  }
}

TEST_CASE("softmax states have the same bits everywhere", "[states][hash]") {
  const auto both = [](State s) {
    s.peak.insert(s.peak.end(), s.total.begin(), s.total.end());
    return s.peak;
  };
  const auto merged = [&](const Rows& x, const Call& call) {
    const Rows y = scores(x.rows, x.cols, 5, 1, 7);
    return merge(fold(x, call), fold(y, call));
  };
  check_hash("softmax_state_fold",
             [&](const Rows& x, const Call& call) { return both(fold(x, call)); });
  check_hash("softmax_state_merge",
             [&](const Rows& x, const Call& call) { return both(merged(x, call)); });
  check_hash("softmax_state_read",
             [&](const Rows& x, const Call& call) { return read(merged(x, call)); });
  check_hash("softmax_state_apply",
             [&](const Rows& x, const Call& call) { return apply(x, merged(x, call), call); });
}

TEST_CASE("softmax_state speed", "[!benchmark][states]") {
  for (const Rows& in : timed_rows()) {
    std::vector<float> x = in.x, y(x.size()), peak(in.rows), total(in.rows), lse(in.rows);
    time("softmax_state_fold " + shape_of(in), [&] {
      sm::softmax_state_fold(peak.data(), total.data(), x.data(), nullptr, nullptr, in.rows,
                             in.cols, 1, 0);
    });
    time("softmax_state_apply " + shape_of(in), [&] {
      sm::softmax_state_apply(y.data(), x.data(), nullptr, nullptr, peak.data(), total.data(),
                              in.rows, in.cols, 1, 0);
    });
    time("softmax_state_read, rows of " + shape_of(in),
         [&] { sm::softmax_state_read(lse.data(), peak.data(), total.data(), in.rows); });
    std::vector<float> both = peak, sum = total;
    time("softmax_state_merge, rows of " + shape_of(in), [&] {
      sm::softmax_state_merge(both.data(), sum.data(), peak.data(), total.data(), peak.data(),
                              total.data(), in.rows);
    });
  }
}

#include <catch2/catch.hpp>

#include "maps.h"
#include "oracle/maps.h"
#include "support/call.h"
#include "support/hash.h"
#include "support/near.h"
#include "support/rows.h"
#include "support/time.h"

static std::vector<float> own_temperatures(const Rows& in, const Call& call) {
  Arguments a(in.rows, in.cols, call);
  const std::vector<float> scores = laid_out(in.x, in.cols, call.inner);
  Guarded<float> x(scores, call.offset), own(in.rows, call.offset);
  CHECK(allocations([&] {
          sm::gradient_temperature(own.data(), x.data(), a.mask.or_null(), a.t.or_null(), a.outer,
                                   in.cols, call.inner, a.rules);
        }) == 0);
  CHECK_THAT(x.values(), SameBits(scores));
  return own.values();
}

static Rows all_rows(size_t cols, size_t inner) {
  Rows x = stack(every_row(), cols);
  x.rows -= x.rows % inner;
  x.x.resize(x.rows * cols);
  return x;
}

// The ways a call can mask and warm the rows of x.
static std::vector<Call> calls(const Rows& x, size_t inner, size_t offset = 0) {
  std::vector<float> many = {0, kInf, 1};
  many.insert(many.end(), kTemperatures.begin(), kTemperatures.end());
  many.resize(x.rows, 0.25f);
  std::vector<Call> all;
  for (const std::vector<float>& t : {std::vector<float>(), {0.3f}, {0}, {kInf}, many}) {
    const Call warm{.t = t, .inner = inner, .offset = offset};
    all.insert(all.end(), 3, warm);
    all[all.size() - 2].mask = random_mask(x.x.size(), x.cols);
    all[all.size() - 1].mask = random_mask(x.cols, x.cols);
    all[all.size() - 1].rules = sm::shared_mask;
  }
  return all;
}

TEST_CASE("gradient_temperature is 0 for the rows that do not move, as the oracle says", "[maps]") {
  for (const size_t inner : {1, 3}) {
    for (const size_t cols : kLengths) {
      const Rows x = all_rows(cols, inner);
      for (const Call& call : calls(x, inner, cols % 4)) {
        std::vector<float> exact;
        for (size_t r = 0; r < x.rows; ++r)
          exact.push_back(oracle::moves(oracle::row_of(x, r, call)) ? call.t_of(r) : 0);
        INFO(x.name << ", t " << call.t_of(0) << ", inner " << inner);
        CHECK_THAT(own_temperatures(x, call), SameBits(exact));
      }
    }
  }
}

TEST_CASE("gradient_temperature of no columns is 0, and of no rows nothing", "[maps]") {
  CHECK_THAT(own_temperatures({"no columns", 2, 0, {}}, {.t = {3}}), SameBits({0, 0}));
  CHECK(own_temperatures({"no rows", 0, 3, {}}, {}).empty());
}

// A row that is not NaN and does not move has gradient 0, whatever arrives; others keep theirs.
template <class OracleVjp>
static void compare(Map map, Vjp vjp, OracleVjp exact_vjp, float none, const Rows& x,
                    const Call& call) {
  const Rows y{x.name, x.rows, x.cols, run(map, x, call)};
  const Call own{.t = own_temperatures(x, call), .rules = sm::row_temperature, .inner = call.inner};
  std::vector<float> dy = scores(x.rows, x.cols, 2, 0.5, 99).x;
  for (size_t r = 0; r < x.rows; ++r) {
    if (own.t[r] == 0) dy[r * x.cols] = r % 2 ? kNan : kInf;
  }
  const std::vector<float> dx = run(vjp, y, dy, own);
  bool still = true, same = true;
  size_t stopped = 0;
  for (size_t r = 0; r < x.rows; ++r) {
    const Rows row = y.row(r);
    const oracle::Row scores = oracle::row_of(x, r, call);
    const oracle::Values g(dy.begin() + ptrdiff_t(r * x.cols),
                           dy.begin() + ptrdiff_t((r + 1) * x.cols));
    const oracle::Values exact =
        exact_vjp({row.x.begin(), row.x.end()}, g, static_cast<double>(call.t_of(r)));
    const bool moves = oracle::moves(scores) && own.t[r] > 0 && own.t[r] < kInf;
    stopped += !moves;
    for (size_t i = 0; i < x.cols; ++i) {
      const float got = dx[r * x.cols + i];
      if (oracle::is_nan(scores)) {
        still &= std::isnan(got) || row.x[i] == none;
      } else if (!moves) {
        still &= got == 0;
      } else {
        same &= std::fabs(got - exact[i]) <= 1e-5 * (1 + std::fabs(exact[i])) * (1 + 1 / own.t[r]);
      }
    }
  }
  INFO(x.name << ", t " << call.t_of(0) << ", rules " << call.rules << ", inner " << call.inner);
  CHECK(stopped > 0);
  CHECK(still);
  CHECK(same);
}

TEST_CASE("gradients of rows that are empty or infinite are 0, or NaN where the row is",
          "[maps][gradient]") {
  for (const size_t inner : {1, 3}) {
    for (const size_t cols : {1, 3, 33, 65}) {
      const Rows x = all_rows(cols, inner);
      for (Call call : calls(x, inner)) {
        if (call.t.size() > 1) continue;  // 1/t can be beyond the floats there
        for (const int rules : {0, int{sm::empty_zero}, int{sm::empty_uniform},
                                sm::empty_uniform | sm::infinite_limit}) {
          call.rules = (call.rules & sm::shared_mask) | rules;
          compare(sm::softmax, sm::softmax_vjp, oracle::softmax_vjp, 0, x, call);
          compare(sm::log_softmax, sm::log_softmax_vjp, oracle::log_softmax_vjp, -kInf, x, call);
        }
      }
    }
  }
}

TEST_CASE("gradient_temperature has the same bits everywhere", "[maps][hash]") {
  check_hash("gradient_temperature",
             [](const Rows& x, const Call& call) { return own_temperatures(x, call); });
}

TEST_CASE("gradient_temperature speed", "[!benchmark][maps]") {
  for (const Rows& x : timed_rows()) {
    std::vector<float> own(x.rows);
    time("gradient_temperature " + shape_of(x), [&] {
      sm::gradient_temperature(own.data(), x.x.data(), nullptr, nullptr, x.rows, x.cols, 1, 0);
    });
  }
}

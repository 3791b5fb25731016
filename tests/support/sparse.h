// What holds of every sparse map, asked of each in its own test file.
#pragma once

#include <functional>

#include "oracle/sparse.h"
#include "support/call.h"
#include "support/gradient.h"
#include "support/near.h"
#include "support/rows.h"

struct SparseMap {
  std::function<std::vector<float>(const Rows&, const Call&)> run;
  std::function<oracle::Values(const Rows&, const Call&)> exact;
  std::function<oracle::Values(const oracle::Row&)> of_row;
  double within;    // absolute error
  double marginal;  // a probability up to this may be 0, and one that is exactly 0 up to this
};

inline void compare(Errors& errors, const SparseMap& map, const Rows& x, const Call& call = {}) {
  const oracle::Values exact = map.exact(x, call);
  const std::vector<float> y = map.run(x, call);
  const std::string name = x.name + ", t " + spell(call.t_of(0));
  errors.add(
      y, exact, [&](size_t) { return map.within; }, name);
  size_t support = 0;
  for (size_t i = 0; i < y.size(); ++i) {
    support += (y[i] > 0) != (exact[i] > 0) && std::max(double{y[i]}, exact[i]) > map.marginal;
    support += y[i] < 0;
  }
  INFO(name);
  CHECK(support == 0);
}

inline void is_the_oracles_on(const SparseMap& map, const std::vector<Rows>& all,
                              const Call& call = {}) {
  Errors errors;
  for (const Rows& x : all) compare(errors, map, x, call);
  INFO(errors.where);
  CHECK(errors.max <= 1);
}

inline void sums_to_one(const SparseMap& map, const std::vector<Rows>& all, const Call& call = {}) {
  double worst = 0;
  std::string where;
  for (const Rows& x : all) {
    double sum = 0;
    for (const float y : map.run(x, call)) sum += y;
    if (!(std::fabs(sum - 1) <= worst)) worst = std::fabs(sum - 1), where = x.name;
  }
  INFO(where << ", off by " << worst);
  CHECK(worst <= 4e-7);
}

inline void does_not_depend_on_other_rows(const SparseMap& map) {
  for (const size_t cols : kLengths) {
    const Rows batch = stack(every_row(), cols);
    const std::vector<uint8_t> mask = random_mask(batch.x.size());
    for (const bool masked : {false, true}) {
      const Call call{.mask = masked ? mask : std::vector<uint8_t>()};
      const Rows together{"", batch.rows, cols, map.run(batch, call)};
      for (size_t r = 0; r < batch.rows; ++r) {
        Call alone;
        if (masked)
          alone.mask.assign(mask.begin() + ptrdiff_t(r * cols),
                            mask.begin() + ptrdiff_t((r + 1) * cols));
        INFO(batch.name << ", row " << r << (masked ? ", masked" : ""));
        CHECK_THAT(together.row(r).x, SameBits(map.run(batch.row(r), alone)));
      }
    }
  }
}

// Along another axis a row is what it is along the last, to the bit.
inline void is_the_same_along_another_axis(const SparseMap& map) {
  for (const size_t cols : kLengths) {
    const Rows all = stack(every_row(), cols);
    for (const size_t inner : {2, 17, 300}) {
      Rows x = all;
      while (x.rows % inner)
        x.rows++, x.x.insert(x.x.end(), all.x.begin(), all.x.begin() + ptrdiff_t(cols));
      for (const float t : {1.0f, 0.3f, 0.0f}) {
        INFO(cols << " columns, inner " << inner << ", t " << t);
        const std::vector<float> y = map.run(x, {.t = {t}});
        CHECK_THAT(map.run(x, {.t = {t}, .inner = inner}), SameBits(y));
        CHECK_THAT(map.run(x, {.t = {t}, .inner = inner, .in_place = true}), SameBits(y));
      }
    }
  }
}

inline void masks_as_the_oracle(const SparseMap& map) {
  for (const size_t inner : {1, 3}) {
    for (const size_t cols : kLengths) {
      Rows x = stack(every_row(), cols);
      x.rows -= x.rows % inner;
      x.x.resize(x.rows * cols);
      for (const bool shared : {false, true}) {
        for (const int rules :
             {0, int{sm::empty_zero}, int{sm::empty_uniform}, int{sm::infinite_limit}}) {
          is_the_oracles_on(map, {x},
                            {.mask = random_mask(shared ? cols : x.x.size(), cols),
                             .rules = rules | (shared ? sm::shared_mask : 0),
                             .inner = inner});
        }
      }
    }
  }
}

inline void never_reads_a_masked_score(const SparseMap& map) {
  for (const size_t cols : kLengths) {
    Rows x = scores(20, cols);
    const std::vector<uint8_t> mask = random_mask(x.x.size());
    for (const size_t inner : {1, 5}) {
      const Call call{.t = {0.7f}, .mask = mask, .inner = inner};
      const std::vector<float> y = map.run(x, call);
      for (const float under : {kNan, kInf, -kInf, kLargest, 0.0f}) {
        Rows spoilt = x;
        for (size_t i = 0; i < mask.size(); ++i) spoilt.x[i] = mask[i] ? x.x[i] : under;
        CHECK_THAT(map.run(spoilt, call), SameBits(y));
      }
    }
  }
}

inline void follows_the_rules_at_edges(const SparseMap& map) {
  for (const size_t cols : kLengths) {
    const Rows x = stack(edge_rows(), cols);
    const std::vector<uint8_t> mask = random_mask(x.x.size(), 7);
    for (int rules = 0; rules < 16; ++rules) {
      if ((rules & sm::empty_zero) && (rules & sm::empty_uniform)) continue;
      for (const float t : {1.0f, 0.0f, kInf, 0.3f}) {
        is_the_oracles_on(map, {x}, {.t = {t}, .rules = rules});
        is_the_oracles_on(map, {x}, {.t = {t}, .mask = mask, .rules = rules});
      }
    }
  }
}

inline void takes_one_temperature_for_each_row(const SparseMap& map) {
  for (const size_t inner : {1, 4}) {
    for (const size_t cols : kLengths) {
      std::vector<float> t = {0, kInf, 1};
      t.insert(t.end(), kTemperatures.begin(), kTemperatures.end());
      t.resize(24, 0.25f);
      is_the_oracles_on(map, {scores(24, cols)}, {.t = t, .inner = inner});
    }
  }
}

inline void is_the_same_in_place_and_at_every_alignment(const SparseMap& map) {
  for (const Rows& x : every_row()) {
    const std::vector<float> y = map.run(x, {});
    INFO(x.name);
    for (const size_t offset : {0, 1, 2, 3}) {
      CHECK_THAT(map.run(x, {.offset = offset}), SameBits(y));
      CHECK_THAT(map.run(x, {.offset = offset, .in_place = true}), SameBits(y));
    }
  }
}

inline void of_nothing_is_nothing(const SparseMap& map) {
  CHECK(map.run(Rows{"no rows", 0, 3, {}}, {}).empty());
  CHECK(map.run(Rows{"no columns", 2, 0, {}}, {}).empty());
  CHECK(map.run(Rows{"no columns", 4, 0, {}}, {.inner = 2}).empty());
}

inline void keeps_the_order(const SparseMap& map) {
  for (const Rows& x : finite_rows()) {
    const std::vector<float> y = map.run(x, {});
    bool kept = true;
    for (size_t i = 0; i < x.cols; ++i) {
      for (size_t j = 0; j < x.cols; ++j) {
        kept &= x.x[i] <= x.x[j] ? y[i] <= y[j] : y[i] >= y[j];
        kept &= x.x[i] != x.x[j] || y[i] == y[j];
      }
    }
    INFO(x.name);
    CHECK(kept);
  }
}

// A leader ahead by so much takes all, exactly; one ahead by less does not.
inline void is_one_hot_from(const SparseMap& map, float lead) {
  for (const size_t cols : kLengths) {
    if (cols == 1) continue;
    for (const float base : {0.0f, 16.0f, -1024.0f}) {
      for (const float by : {lead, 2 * lead, 0.9375f * lead}) {
        Rows x{"", 1, cols, std::vector<float>(cols, base)};
        x.x[cols / 2] = base + by;
        std::vector<float> one(cols, 0);
        one[cols / 2] = 1;
        INFO(cols << " columns about " << base << ", ahead by " << by);
        const bool hot = bits_of(map.run(x, {})) == bits_of(one);
        CHECK(hot == (by >= lead));
      }
    }
  }
}

inline void appended_minus_infinities_change_nothing(const SparseMap& map) {
  for (const size_t cols : kLengths) {
    Rows x = scores(1, cols);
    oracle::Values exact = map.exact(x, {});
    x.cols += 37;
    x.x.resize(x.cols, -kInf);
    exact.resize(x.cols, 0);
    Errors errors;
    errors.add(
        map.run(x, {}), exact, [&](size_t) { return map.within; }, x.name);
    INFO(errors.where);
    CHECK(errors.max <= 1);
  }
}

// Gradients that a bound in terms of sum |dy| is sharp for: of mixed size and sign.
inline std::vector<float> mixed_gradients(size_t n) { return scores(1, n, 2, 0.5, 99).x; }

using SparseVjp = std::function<std::vector<float>(const Rows& y, const std::vector<float>& dy,
                                                   const Call& call, Place place)>;

inline void vjp_is_the_oracles(const SparseVjp& vjp, const SparseMap& map, double alpha) {
  for (const float t : {1.0f, 0.25f, 0.7f, 30.0f}) {
    Errors errors;
    std::vector<Rows> all = finite_rows();
    if (t == 1) all.push_back(scores(1, 100000, 0.1));
    for (const Rows& x : all) {
      const Rows y{x.name, 1, x.cols, map.run(x, {})};
      const std::vector<float> dy = mixed_gradients(x.cols);
      const oracle::Values p(y.x.begin(), y.x.end()), g(dy.begin(), dy.end());
      double along = 0, total = 0;
      const auto s = [&](size_t i) { return p[i] == 0 ? 0 : std::pow(p[i], 2 - alpha); };
      for (size_t i = 0; i < p.size(); ++i) along += s(i) * std::fabs(g[i]), total += s(i);
      errors.add(
          vjp(y, dy, {.t = {t}}, Place::apart), oracle::sparse_vjp(p, g, alpha, t),
          [&](size_t i) {
            return (8 * kU * s(i) * (std::fabs(g[i]) + along / total)) / t + 0x1p-149;
          },
          x.name + ", t " + spell(t));
    }
    INFO(errors.where);
    CHECK(errors.max <= 1);
  }
}

inline void vjp_is_the_gradient(const SparseVjp& vjp, const SparseMap& map, double within = 2e-6) {
  for (const float t : {1.0f, 0.5f, 3.0f}) {
    for (const size_t cols : kLengths) {
      const Rows x = scores(1, cols, 1);
      const std::vector<float> dy = mixed_gradients(cols);
      const auto f = [&](const std::vector<double>& v) {
        return map.of_row(oracle::Row{v, std::vector<bool>(cols, true), t, 0});
      };
      const oracle::Values exact =
          central_differences(f, {x.x.begin(), x.x.end()}, {dy.begin(), dy.end()});
      Errors errors;
      errors.add(
          vjp({"", 1, cols, map.run(x, {.t = {t}})}, dy, {.t = {t}}, Place::apart), exact,
          [=](size_t) { return within; }, x.name);
      INFO(errors.where << ", t " << t);
      if (cols > 1) CHECK(errors.max <= 1);
    }
  }
}

inline void vjp_gives_zeros_nothing(const SparseVjp& vjp, const SparseMap& map) {
  for (const size_t cols : {3, 33, 131}) {
    Rows y = scores(6, cols);
    std::vector<float> dy = scores(6, cols).x, calm = dy;
    Random random(5);
    y.x = map.run(y, {.mask = random_mask(y.x.size()), .rules = sm::empty_zero});
    for (size_t i = 0; i < dy.size(); ++i) {
      if (y.x[i] == 0) dy[i] = random.below(2) ? kNan : kInf, calm[i] = 1;
    }
    for (const size_t inner : {1, 3}) {
      const std::vector<float> dx = vjp(y, dy, {.inner = inner}, Place::apart);
      CHECK_THAT(dx, SameBits(vjp(y, calm, {.inner = inner}, Place::apart)));
      bool nothing = true;
      for (size_t i = 0; i < dx.size(); ++i) nothing &= y.x[i] != 0 || dx[i] == 0;
      CHECK(nothing);
    }
  }
  CHECK(vjp(Rows{"", 1, 1, {1}}, {123.25f}, {}, Place::apart)[0] == 0);
  CHECK(vjp(Rows{"", 1, 2, {0, 0}}, {kNan, 1}, {}, Place::apart) == std::vector<float>{0, 0});
  for (const float t : {0.0f, kInf}) {
    const Rows some{"", 2, 3, {0, 1, 0, 0.5f, 0.25f, 0.25f}};
    for (const float first : {1.0f, kInf, kNan}) {
      for (const float dx : vjp(some, {1, first, 3, first, 5, 6}, {.t = {t}}, Place::apart))
        CHECK(dx == 0);
    }
  }
  for (const float dx : vjp(Rows{"", 1, 3, {kNan, kNan, kNan}}, {1, 2, 3}, {}, Place::apart))
    CHECK(std::isnan(dx));
}

inline void vjp_is_the_same_everywhere(const SparseVjp& vjp, const SparseMap& map) {
  for (const size_t cols : kLengths) {
    Rows y = scores(12, cols);
    y.x = map.run(y, {});
    const std::vector<float> dy = scores(12, cols, 1, 0, 3).x;
    const std::vector<float> along = vjp(y, dy, {}, Place::apart);
    for (const size_t inner : {1, 4}) {
      const std::vector<float> dx = vjp(y, dy, {.inner = inner}, Place::apart);
      Errors errors;
      errors.add(
          dx, {along.begin(), along.end()},
          [&](size_t i) { return 2e-6 * (1 + std::fabs(along[i])); }, y.name);
      CHECK(errors.max <= 1);
      for (const size_t offset : {0, 1, 2, 3}) {
        for (const Place place : {Place::apart, Place::on_y, Place::on_dy}) {
          CHECK_THAT(vjp(y, dy, {.inner = inner, .offset = offset}, place), SameBits(dx));
        }
      }
    }
    for (size_t r = 0; r < y.rows; ++r) {
      const std::vector<float> g(dy.begin() + ptrdiff_t(r * cols),
                                 dy.begin() + ptrdiff_t((r + 1) * cols));
      CHECK_THAT(vjp(y.row(r), g, {}, Place::apart), SameBits(Rows{"", 12, cols, along}.row(r).x));
    }
  }
}

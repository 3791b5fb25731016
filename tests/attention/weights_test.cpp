#include "oracle/weights.h"

#include <catch2/catch.hpp>

#include "support/attended.h"
#include "support/time.h"

namespace {

const float kAlphas[] = {1, 1.3f, 1.5f, 2};

// All that can be wanted of a call.
struct Looked {
  std::vector<float> w, mean, largest, entropy, peak;
  std::vector<int32_t> which;
};

Looked look(const Attention& a, int stage = sm::stage_probabilities, float alpha = 1, size_t n = 3,
            size_t offset = 0) {
  AttentionArguments with(a);
  const size_t rows = a.batch * a.heads * a.queries;
  Guarded<float> q(a.q, offset), k(a.k, offset), w(rows * a.keys, offset),
      mean(a.batch * a.queries * a.keys, offset), largest(rows * n, offset), entropy(rows, offset),
      peak(rows, offset), tmp(8 * a.dim + 9 * a.keys + 576, offset);
  Guarded<int32_t> which(rows * n, offset);
  const sm::AttentionView view{.stage = stage,
                               .alpha = alpha,
                               .w = w.data(),
                               .mean = mean.data(),
                               .largest = largest.data(),
                               .which = which.data(),
                               .n = n,
                               .entropy = entropy.data(),
                               .peak = peak.data()};
  CHECK(allocations([&] {
          sm::attention_weights(&view, q.data(), k.data(), tmp.data(), &with.shape, &with.mask);
        }) == 0);
  return {w.values(),       mean.values(), largest.values(),
          entropy.values(), peak.values(), which.values()};
}

void check_same(const Looked& a, const Looked& b) {
  CHECK_THAT(a.w, SameBits(b.w));
  CHECK_THAT(a.mean, SameBits(b.mean));
  CHECK_THAT(a.largest, SameBits(b.largest));
  CHECK_THAT(a.entropy, SameBits(b.entropy));
  CHECK_THAT(a.peak, SameBits(b.peak));
  CHECK(a.which == b.which);
}

// The entries of row r of [rows, keys].
template <class T>
std::vector<T> row_at(const std::vector<T>& w, size_t r, size_t keys) {
  return {w.begin() + static_cast<ptrdiff_t>(r * keys),
          w.begin() + static_cast<ptrdiff_t>((r + 1) * keys)};
}

double largest_score(const std::vector<double>& row) {
  double top = 0;
  for (const double s : row) top = std::isfinite(s) ? std::max(top, std::fabs(s)) : top;
  return top;
}

// Sinks are scores of a softmax alone in the public function.
std::vector<Attention> calls() {
  std::vector<Attention> all = attention_calls();
  Attention many{.batch = 2, .heads = 3, .queries = 5, .keys = 300, .dim = 4, .value_dim = 1};
  many.name = "many keys";
  all.push_back(many.fill(2));
  return all;
}

}  // namespace

TEST_CASE("attention_weights is the oracle's at every stage and for every map",
          "[attention][accuracy]") {
  for (const Attention& a : calls()) {
    const oracle::Heads x(a);
    const oracle::Values scores = oracle::weights(a, x, sm::stage_biased, 0);
    for (const int stage :
         {sm::stage_raw, sm::stage_capped, sm::stage_biased, sm::stage_probabilities}) {
      for (const float alpha : kAlphas) {
        if (stage != sm::stage_probabilities && alpha != 1) continue;
        if (alpha == 1.3f && a.queries * a.keys > 200) continue;  // its oracle bisects
        const std::vector<float> got = look(a, stage, alpha).w;
        const oracle::Values exact = oracle::weights(a, x, stage, alpha);
        Errors errors;
        double off = 0;
        for (size_t i = 0; i < exact.size(); ++i) {
          const size_t r = i / a.keys, b = r / a.queries / a.heads, h = r / a.queries % a.heads;
          if (r % a.queries >= a.queries_of(b)) {
            errors.add(got[i], exact[i], 1e-40, a.name, i);
            continue;
          }
          // What a score may be off by: the products', and a rounding of each thing done to it.
          if (i % a.keys == 0) {
            const double most = largest_score(row_at(scores, r, a.keys));
            off = score_error(a, b, h, r % a.queries) + 8 * kU * most;
          }
          const double p = exact[i];
          const double unit = stage != sm::stage_probabilities ? off + 8 * kU * std::fabs(p)
                              : alpha == 1 ? p * (2 * off + 8 * kU) + 0x1p-126 * (p > 0)
                                           : (alpha == 1.3f ? 1e-6 : 4e-7) + 2 * off;
          if (p == 0 && stage == sm::stage_probabilities && alpha != 1) {
            errors.add(1 + got[i], 1, unit, a.name, i);  // near the threshold it may be above 0
          } else {
            errors.add(got[i], p, unit, a.name, i);
          }
        }
        INFO(errors.where << ", stage " << stage << ", alpha " << alpha);
        CHECK(errors.max <= 1);
      }
    }
  }
}

TEST_CASE("a key that is hidden has weight 0 exactly, and what stands there reaches nobody",
          "[attention]") {
  for (const Attention& a : attention_calls()) {
    if (a.keys > 40 && a.heads == 1) continue;
    const Looked clean = look(a);
    for (const float bad : {kNan, kInf}) {
      const size_t key = a.keys / 2;
      Attention spoiled = a;
      for (size_t d = 0; d < a.dim; ++d) spoiled.k[a.key_row(0, 0, key) * a.dim + d] = bad;
      for (const float alpha : kAlphas) {
        const Looked got = look(spoiled, sm::stage_probabilities, alpha);
        size_t leaks = 0, missed = 0, shown = 0;
        for (size_t r = 0; r < got.peak.size(); ++r) {
          const size_t b = r / a.queries / a.heads, h = r / a.queries % a.heads, i = r % a.queries;
          if (i >= a.queries_of(b)) continue;
          bool spoils = false;
          for (size_t j = 0; j < a.keys_of(b); ++j) {
            const bool sees = oracle::sees(a, b, h, i, j);
            spoils |= sees && a.key_row(b, h, j) == a.key_row(0, 0, key);
            shown += !sees && got.w[r * a.keys + j] != 0;
          }
          const std::vector<float> row = row_at(got.w, r, a.keys);
          if (spoils && std::isnan(bad)) {
            missed += !std::isnan(got.peak[r]) || !std::isnan(got.entropy[r]) ||
                      !std::isnan(got.largest[r * 3]) || got.which[r * 3] != -1;
          } else if (!spoils && alpha == 1) {
            leaks += bits_of(row) != bits_of(row_at(clean.w, r, a.keys));
          }
        }
        INFO(a.name << ", " << bad << ", alpha " << alpha);
        CHECK(leaks == 0);
        CHECK(missed == 0);
        CHECK(shown == 0);
      }
    }
  }
}

TEST_CASE("what is said of the matrix is what the matrix says", "[attention]") {
  for (const Attention& a : calls()) {
    for (const float alpha : {1.0f, 2.0f}) {
      for (const size_t n : {3, 20}) {
        const Looked got = look(a, sm::stage_probabilities, alpha, n);
        size_t wrong = 0;
        Errors entropy;
        for (size_t r = 0; r < got.peak.size(); ++r) {
          const std::vector<float> row = row_at(got.w, r, a.keys);
          std::vector<int32_t> order;
          double sum = 0;
          for (size_t j = 0; j < row.size(); ++j) {
            if (row[j] > 0) order.push_back(static_cast<int32_t>(j));
            if (row[j] > 0) sum -= double{row[j]} * std::log(double{row[j]});
          }
          const auto value = [&](int32_t j) { return row[static_cast<size_t>(j)]; };
          std::stable_sort(order.begin(), order.end(),
                           [&](int32_t i, int32_t j) { return value(i) > value(j); });
          std::vector<float> values;
          order.resize(n, -1);
          for (const int32_t j : order) values.push_back(j < 0 ? 0 : value(j));
          wrong += row_at(got.which, r, n) != order || row_at(got.largest, r, n) != values ||
                   got.peak[r] != values[0];
          entropy.add(got.entropy[r], sum, 1e-6 * std::max(sum, 1e-6), a.name, r);
        }
        INFO(a.name << ", alpha " << alpha << ", " << entropy.where);
        CHECK(wrong == 0);
        CHECK(entropy.max <= 1);
      }
    }
    const Looked got = look(a);
    Errors mean;
    for (size_t i = 0; i < got.mean.size(); ++i) {
      const size_t plane = a.queries * a.keys, b = i / plane;
      double sum = 0;
      for (size_t h = 0; h < a.heads; ++h) sum += got.w[(b * a.heads + h) * plane + i % plane];
      mean.add(got.mean[i], sum / double(a.heads), double(a.heads + 4) * kU * sum + 0x1p-126,
               a.name, i);
    }
    CHECK(mean.max <= 1);
  }
}

TEST_CASE("the weights times the values are what attention gives", "[attention]") {
  for (const Attention& a : attention_calls()) {
    if (a.scale > 10) continue;  // there the rounding of scores is all there is
    const std::vector<float> w = look(a).w, o = attend(sm::attention, a).o;
    double worst = 0;
    for (size_t b = 0; b < a.batch; ++b) {
      for (size_t h = 0; h < a.heads; ++h) {
        for (size_t i = 0; i < a.queries_of(b); ++i) {
          for (size_t d = 0; d < a.value_dim; ++d) {
            double sum = 0;
            for (size_t j = 0; j < a.keys_of(b); ++j) {
              sum += double{w[((b * a.heads + h) * a.queries + i) * a.keys + j]} *
                     a.v[a.key_row(b, h, j) * a.value_dim + d];
            }
            worst = std::max(worst, std::fabs(sum - o[a.query_row(b, h, i) * a.value_dim + d]));
          }
        }
      }
    }
    INFO(a.name << ", off by " << worst / kU << " 2⁻²⁴");
    CHECK(worst <= 30 * kU * largest(a.v));
  }
}

TEST_CASE("attention_weights: the same bits wherever arrays lie, and for a query alone",
          "[attention]") {
  for (const Attention& a : attention_calls()) {
    INFO(a.name);
    const Looked there = look(a);
    check_same(look(a, sm::stage_probabilities, 1, 3, 1), there);
  }
  Attention a{.queries = 75, .keys = 150, .dim = 12, .value_dim = 1, .left = 90, .right = 0};
  a.fill();
  for (const float alpha : kAlphas) {
    const Looked all = look(a, sm::stage_probabilities, alpha);
    Attention last = a;
    last.queries = 1;
    last.q = row_at(a.q, 74, 12);
    const Looked alone = look(last, sm::stage_probabilities, alpha);
    CHECK_THAT(alone.w, SameBits(row_at(all.w, 74, 150)));
    CHECK(alone.entropy[0] == all.entropy[74]);
  }
}

TEST_CASE("attention_weights of no keys", "[attention]") {
  Attention a{.queries = 3, .keys = 0, .dim = 2, .value_dim = 1};
  a.fill();
  const Looked got = look(a);
  CHECK(got.w.empty());
  CHECK_THAT(got.peak, SameBits({0, 0, 0}));
  CHECK_THAT(got.entropy, SameBits({0, 0, 0}));
  CHECK_THAT(got.largest, SameBits(std::vector<float>(9, 0)));
  CHECK(got.which == std::vector<int32_t>(9, -1));
}

TEST_CASE("attention_weights speed", "[!benchmark][attention]") {
  Attention a{.queries = 64, .keys = 512, .dim = 64, .scale = 0.125f};
  a.fill();
  AttentionArguments with(a);
  std::vector<float> w(64 * 512), tmp(8 * 64 + 9 * 512 + 576);
  for (const float alpha : kAlphas) {
    sm::AttentionView view{};
    view.stage = sm::stage_probabilities;
    view.alpha = alpha;
    view.w = w.data();
    time("attention_weights, 64 queries, 512 keys of 64, alpha " + spell(alpha), [&] {
      sm::attention_weights(&view, a.q.data(), a.k.data(), tmp.data(), &with.shape, &with.mask);
    });
  }
}

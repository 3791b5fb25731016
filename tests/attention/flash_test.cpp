#include <catch2/catch.hpp>

#include "support/attended.h"
#include "support/time.h"

namespace {

Attended flash(const Attention& a) { return attend(sm::attention, a); }

}  // namespace

TEST_CASE("attention is the oracle's", "[attention][accuracy]") {
  for (const Attention& a : attention_calls()) check_outputs(a, flash(a));
}

TEST_CASE("attention gives the same bits wherever its arrays lie", "[attention]") {
  for (const Attention& a : attention_calls()) {
    INFO(a.name);
    const Attended there = flash(a);
    for (const size_t offset : {1, 2, 3}) check_same(attend(sm::attention, a, offset), there);
    check_same(attend(sm::attention, a, 0, true), there);
  }
}

TEST_CASE("attention over a cache has the bits of rows", "[attention]") {
  for (Attention& a : cached_calls()) {
    INFO(a.name);
    const Attended rows = flash(a);
    a.keeping = sm::in_tiles;
    check_same(flash(a), rows);
    check_hidden(sm::attention, a);
  }
}

TEST_CASE("attention of halves has the bits of their floats", "[attention]") {
  for (const Attention& a : cached_calls()) check_halves(sm::attention, a);
}

TEST_CASE("attention of unit normals is off by 6 10⁻⁷ of its size at most",
          "[attention][accuracy]") {
  for (const auto& [keys, dim] : {std::pair<size_t, size_t>{256, 64}, {4096, 64}, {4096, 128}}) {
    Attention a{.queries = 16, .keys = keys, .dim = dim, .value_dim = dim};
    a.scale = 1 / std::sqrt(static_cast<float>(dim));
    a.fill();
    INFO(keys << " keys, dim " << dim);
    CHECK(relative_error(flash(a).o, oracle::attention(a).o) <= 6e-7);
  }
}

TEST_CASE("attention gives a query without keys zeros", "[attention]") {
  Attention a{.queries = 20, .keys = 9, .dim = 5, .value_dim = 5, .right = 0};
  a.fill();
  const Attended got = flash(a);
  for (size_t i = 0; i < 11; ++i) {
    CHECK(got.lse[i] == -kInf);
    for (size_t d = 0; d < 5; ++d) CHECK(bits_of(got.o[i * 5 + d]) == 0);
  }
  a.keys = 0;
  a.k = a.v = {};
  CHECK_THAT(flash(a).o, SameBits(std::vector<float>(100, 0)));
  CHECK_THAT(flash(a).lse, SameBits(std::vector<float>(20, -kInf)));
}

TEST_CASE("attention gives a query whose scores are all -inf zeros", "[attention]") {
  Attention a{.queries = 9, .keys = 7, .dim = 2, .value_dim = 3};
  a.fill();
  for (float& e : a.q) e = 1;
  for (float& e : a.k) e = -kInf;
  CHECK_THAT(flash(a).o, SameBits(std::vector<float>(27, 0)));
  CHECK_THAT(flash(a).lse, SameBits(std::vector<float>(9, -kInf)));
}

TEST_CASE("what is hidden reaches nobody: NaN and infinities there change no bit", "[attention]") {
  for (const Attention& a : attention_calls()) check_hidden(sm::attention, a);
}

TEST_CASE("a score of +inf makes its row NaN and no other", "[attention]") {
  Attention a{.queries = 12, .keys = 70, .dim = 1, .value_dim = 2};
  a.fill();
  const Attended clean = flash(a);
  for (float& e : a.k) e = std::fabs(e);
  a.q[5] = kInf;
  Attention without = a;
  without.q[5] = 1;
  const Attended got = flash(a), other = flash(without);
  for (size_t i = 0; i < 12; ++i) {
    CHECK(bits_of(got.lse[i]) == (i == 5 ? bits_of(kNan) : bits_of(other.lse[i])));
    CHECK(bits_of(got.o[2 * i]) == (i == 5 ? bits_of(kNan) : bits_of(other.o[2 * i])));
  }
}

TEST_CASE("a row's bits do not depend on the queries beside it", "[attention]") {
  Attention a{.queries = 75, .keys = 150, .dim = 12, .value_dim = 12, .left = 90, .right = 0};
  a.fill();
  const Attended all = flash(a);
  for (const size_t last : {1, 2, 7, 9, 33}) {  // the last queries stay beside the last keys
    Attention some = a;
    some.queries = last;
    some.q.assign(a.q.end() - static_cast<ptrdiff_t>(last * 12), a.q.end());
    const Attended got = flash(some);
    CHECK_THAT(got.o, SameBits({all.o.end() - static_cast<ptrdiff_t>(last * 12), all.o.end()}));
    CHECK_THAT(got.lse, SameBits({all.lse.end() - static_cast<ptrdiff_t>(last), all.lse.end()}));
  }
}

TEST_CASE("causal is an explicit mask, lengths are fewer keys", "[attention]") {
  Attention a{.heads = 2, .kv_heads = 2, .queries = 50, .keys = 90, .dim = 8, .value_dim = 8};
  a.fill();
  a.right = 0;
  Attention masked = a;
  masked.right = -1;
  masked.hide(false, false);
  for (size_t i = 0; i < 50; ++i)
    for (size_t j = 0; j < 90; ++j) masked.keep[i * 90 + j] = j <= i + 40;
  check_same(flash(a), flash(masked));

  a.right = -1;
  a.lengths = {77};
  Attention fewer = a;
  fewer.lengths = {};
  fewer.keys = 77;
  fewer.k.clear();
  fewer.v.clear();
  for (const size_t h : {0, 1}) {
    const auto from = static_cast<ptrdiff_t>(h * 90 * 8);
    fewer.k.insert(fewer.k.end(), a.k.begin() + from, a.k.begin() + from + 77 * 8);
    fewer.v.insert(fewer.v.end(), a.v.begin() + from, a.v.begin() + from + 77 * 8);
  }
  check_same(flash(a), flash(fewer));
}

TEST_CASE("grouped heads are repeated heads, and sequences of different lengths calls of their own",
          "[attention]") {
  for (const Attention& a : attention_calls()) {
    const Attended got = flash(a);
    for (size_t b = 0; b < a.batch; ++b) {
      for (size_t h = 0; h < a.heads; ++h) {
        if (!a.keep.empty() || !a.bias.empty()) continue;
        Attention one = a;
        one.batch = one.heads = one.kv_heads = 1;
        one.queries = a.queries_of(b);
        one.keys = a.keys_of(b);
        one.query_starts = one.key_starts = {};
        if (!a.lengths.empty()) one.lengths = {a.lengths[b]};
        if (!a.slopes.empty()) one.slopes = {a.slopes[h]};
        if (!a.sinks.empty()) one.sinks = {a.sinks[h]};
        const auto rows = [](const std::vector<float>& x, size_t first, size_t n, size_t cols) {
          const auto from = x.begin() + static_cast<ptrdiff_t>(first * cols);
          return std::vector<float>(from, from + static_cast<ptrdiff_t>(n * cols));
        };
        const size_t row = one.queries == 0 ? 0 : a.query_row(b, h, 0);
        one.q = rows(a.q, row, one.queries, a.dim);
        one.k = rows(a.k, a.key_row(b, h, 0), one.keys, a.dim);
        one.v = rows(a.v, a.key_row(b, h, 0), one.keys, a.value_dim);
        INFO(a.name);
        const Attended own = flash(one);
        CHECK_THAT(own.o, SameBits(rows(got.o, row, one.queries, a.value_dim)));
        CHECK_THAT(own.lse, SameBits(rows(got.lse, row, one.queries, 1)));
      }
    }
  }
}

TEST_CASE("a sink takes its share and leaves lse as it was", "[attention]") {
  Attention a{.heads = 2, .kv_heads = 2, .queries = 5, .keys = 7, .dim = 4, .value_dim = 4};
  a.fill();
  const Attended without = flash(a);
  a.sinks = {-kInf, 100};
  const Attended with = flash(a);
  CHECK_THAT(with.lse, SameBits(without.lse));
  for (size_t i = 0; i < 20; ++i) {
    CHECK(with.o[i] == without.o[i]);
    CHECK(std::fabs(with.o[20 + i]) < 1e-35f);
  }
}

TEST_CASE("attention speed", "[!benchmark][attention]") {
  Attention a{.queries = 64, .keys = 512, .dim = 64, .value_dim = 64, .scale = 0.125f};
  a.fill();
  AttentionArguments with(a);
  std::vector<float> o(a.rows() * 64), lse(a.rows());
  time("attention, 64 queries, 512 keys of 64", [&] {
    sm::attention(o.data(), lse.data(), a.q.data(), a.k.data(), a.v.data(), with.tmp.data(),
                  &with.shape, &with.mask);
  });
}

#include <catch2/catch.hpp>

#include "support/attended.h"
#include "support/time.h"

namespace {

Attended decode(const Attention& a) { return attend(sm::decode_attention, a); }

}  // namespace

TEST_CASE("decode_attention is the oracle's", "[attention][accuracy]") {
  for (const Attention& a : attention_calls()) check_outputs(a, decode(a));
}

TEST_CASE("decode_attention gives the same bits wherever its arrays lie", "[attention]") {
  for (const Attention& a : attention_calls()) {
    INFO(a.name);
    const Attended there = decode(a);
    for (const size_t offset : {1, 2, 3})
      check_same(attend(sm::decode_attention, a, offset), there);
    check_same(attend(sm::decode_attention, a, 0, true), there);
  }
}

TEST_CASE("decode_attention over a cache is the oracle's", "[attention][accuracy]") {
  for (Attention& a : cached_calls()) {
    a.keeping = sm::in_tiles;
    const Attended there = decode(a);
    check_outputs(a, there);
    for (const size_t offset : {1, 2, 3})
      check_same(attend(sm::decode_attention, a, offset), there);
  }
}

TEST_CASE("decode_attention of halves has the bits of their floats", "[attention]") {
  for (const Attention& a : cached_calls()) check_halves(sm::decode_attention, a);
}

TEST_CASE("decode_attention of halves takes the largest queries, and the least", "[attention]") {
  for (const float size : {0x1p-140f, 0x1p-100f, 0x1.fp14f, 0x1p15f, 0x1p100f, kInf, kNan}) {
    Attention a{.queries = 2, .keys = 70, .dim = 8, .value_dim = 8};
    a.scale = std::isfinite(size) ? 1 / size : 1;
    a.fill();
    for (size_t d = 0; d < a.dim; ++d) a.q[d] *= size;
    check_halves(sm::decode_attention, a);
  }
}

TEST_CASE("decode_attention is attention's row within 4 ulp of the largest value",
          "[attention][accuracy]") {
  for (const size_t keys : {1, 63, 64, 65, 130, 1000, 4096}) {
    for (const size_t dim : {5, 64, 128}) {
      Attention a{
          .heads = 4, .kv_heads = 2, .queries = 1, .keys = keys, .dim = dim, .value_dim = dim};
      a.scale = 1 / std::sqrt(static_cast<float>(dim));
      a.fill();
      const Attended got = decode(a), flash = attend(sm::attention, a);
      Errors errors;
      errors.add(
          got.o, {flash.o.begin(), flash.o.end()}, [&](size_t) { return ulp(largest(a.v)); },
          std::to_string(keys) + " keys, dim " + std::to_string(dim));
      INFO(errors.where);
      CHECK(errors.max <= 4);
    }
  }
}

TEST_CASE("decode_attention of unit normals is off by 6 10⁻⁷ of its size at most",
          "[attention][accuracy]") {
  for (const size_t dim : {64, 128}) {
    Attention a{
        .heads = 4, .kv_heads = 2, .queries = 3, .keys = 4096, .dim = dim, .value_dim = dim};
    a.scale = 1 / std::sqrt(static_cast<float>(dim));
    a.fill();
    CHECK(relative_error(decode(a).o, oracle::attention(a).o) <= 6e-7);
  }
}

TEST_CASE("decode_attention reads nothing that is hidden", "[attention]") {
  for (const Attention& a : attention_calls()) check_hidden(sm::decode_attention, a);
  for (Attention& a : cached_calls()) {
    a.keeping = sm::in_tiles;
    check_hidden(sm::decode_attention, a);
  }
}

TEST_CASE("decode_attention of an empty cache is 0", "[attention]") {
  Attention a{.heads = 2, .kv_heads = 1, .queries = 1, .keys = 0, .dim = 3, .value_dim = 3};
  a.fill();
  CHECK_THAT(decode(a).o, SameBits(std::vector<float>(6, 0)));
  CHECK_THAT(decode(a).lse, SameBits(std::vector<float>(2, -kInf)));
}

TEST_CASE("a decoded row's bits do not depend on the rows beside it", "[attention]") {
  Attention a{
      .heads = 6, .kv_heads = 1, .queries = 5, .keys = 150, .dim = 12, .value_dim = 12, .right = 0};
  a.fill();
  const Attended all = decode(a);
  Attention last = a;
  last.queries = 1;
  last.q.clear();
  for (size_t h = 0; h < 6; ++h) {
    const auto end = a.q.begin() + static_cast<ptrdiff_t>((h + 1) * 5 * 12);
    last.q.insert(last.q.end(), end - 12, end);
  }
  const Attended got = decode(last);
  for (size_t h = 0; h < 6; ++h) {
    CHECK(bits_of(got.lse[h]) == bits_of(all.lse[h * 5 + 4]));
    for (size_t d = 0; d < 12; ++d)
      CHECK(bits_of(got.o[h * 12 + d]) == bits_of(all.o[(h * 5 + 4) * 12 + d]));
  }
}

TEST_CASE("decode_attention speed", "[!benchmark][attention]") {
  for (const auto keeping : {sm::in_rows, sm::in_tiles, sm::in_finite_half_tiles}) {
    Attention a{.queries = 1, .keys = 4096, .dim = 64, .value_dim = 64, .scale = 0.125f};
    a.fill();
    a.keeping = keeping;
    AttentionArguments with(a);
    Kept k(a, a.k, 64, sm::append_keys), v(a, a.v, 64, sm::append_values);
    std::vector<float> o(a.rows() * 64), lse(a.rows());
    time("decode_attention, 1 query, 4096 keys of 64, kept as " + std::to_string(keeping), [&] {
      sm::decode_attention(
          o.data(), lse.data(), a.q.data(), keeping == sm::in_rows ? a.k.data() : k.data(),
          keeping == sm::in_rows ? a.v.data() : v.data(), with.tmp.data(), &with.shape, &with.mask);
    });
  }
}

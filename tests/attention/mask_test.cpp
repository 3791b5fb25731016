#include "attention/mask.h"

#include <catch2/catch.hpp>

#include "oracle/attention.h"
#include "support/time.h"

TEST_CASE("a Sight sees what the oracle sees, and adds what it adds", "[attention]") {
  for (const Attention& a : attention_calls()) {
    AttentionArguments with(a);
    size_t wrong = 0;
    for (size_t b = 0; b < a.batch; ++b) {
      for (size_t h = 0; h < a.heads; ++h) {
        const sm::Sight sight(with.shape, with.mask, b, h);
        CHECK(sight.queries == a.queries_of(b));
        CHECK(sight.all_keys == a.keys_of(b));
        for (size_t i = 0; i < sight.queries; ++i) {
          for (size_t j = 0; j < sight.keys; ++j)
            wrong += sight.sees(i, j) != oracle::sees(a, b, h, i, j);
        }
      }
    }
    INFO(a.name);
    CHECK(wrong == 0);
  }
}

TEST_CASE("any and all of some queries are the union and what they share", "[attention]") {
  for (const Attention& a : attention_calls()) {
    AttentionArguments with(a);
    const sm::Sight sight(with.shape, with.mask, 0, 0);
    for (size_t i = 0; i + 8 <= sight.queries; i += 5) {
      const sm::Span any = sight.any(i, 8), all = sight.all(i, 8);
      size_t wrong = 0;
      for (size_t j = 0; j < sight.keys; ++j) {
        size_t may = 0;
        for (size_t l = i; l < i + 8; ++l) may += sight.span(l).first <= j && j < sight.span(l).end;
        wrong += may > 0 && !(any.first <= j && j < any.end);
        wrong += (may == 8) != (all.first <= j && j < all.end);
      }
      INFO(a.name << ", query " << i);
      CHECK(wrong == 0);
    }
  }
}

TEST_CASE("seen hides whatever the score is, and only then", "[attention]") {
  for (const float s : {1.0f, kNan, kInf, -kInf}) {
    CHECK(sm::lane<0>(sm::seen(sm::splat(s), sm::splat(-kInf))) == -kInf);
    const float kept = sm::lane<0>(sm::seen(sm::splat(s), sm::splat(2)));
    CHECK(bits_of(kept) == bits_of(s + 2));
  }
  CHECK(std::isnan(sm::lane<0>(sm::seen(sm::splat(1), sm::splat(kNan)))));
}

TEST_CASE("Sight speed", "[!benchmark][attention]") {
  Attention a{.queries = 64, .keys = 512, .right = 0};
  a.fill().hide(false, false).add_bias(false, false, false).slopes = {0.5f};
  AttentionArguments with(a);
  const sm::Sight sight(with.shape, with.mask, 0, 0);
  sm::f32x4 most = sm::splat(-kInf);  // outside, so that it counts as used
  time("added: bits, bias and slopes of 64 queries, 512 keys", [&] {
    for (size_t i = 0; i < 64; ++i)
      for (size_t j = 0; j < 512; j += 4) most = sm::max(most, sight.added(sm::part(4), i, j));
  });
}

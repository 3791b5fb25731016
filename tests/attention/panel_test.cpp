#include "attention/panel.h"

#include <catch2/catch.hpp>

#include "support/heads.h"
#include "support/near.h"
#include "support/time.h"

TEST_CASE("cap_scores is within 3 ulp of cap tanh(s / cap)", "[attention][accuracy]") {
  Errors errors;
  for (const float cap : {1.0f, 0.5f, 2.0f, 64.0f}) {  // powers of two: s / cap rounds nothing
    for (double x = 1e-6; x < 30; x *= 1.0007) {
      for (const double sign : {-1.0, 1.0}) {
        std::vector<float> s(16, static_cast<float>(sign * x * cap));
        const double exact = cap * std::tanh(double{s[0]} / cap);
        sm::cap_scores(s.data(), 16, cap);
        errors.add(s[7], exact, ulp(exact), "cap " + spell(cap) + " of " + spell(x * sign));
      }
    }
  }
  INFO(errors.where);
  CHECK(errors.max <= 3);
  std::vector<float> edges = {0, -0.0f, kInf, -kInf, kNan, 1e30f, -1e30f, 0x1p-149f,
                              0, 0,     0,    0,     0,    0,     0,      0};
  sm::cap_scores(edges.data(), 16, 5);
  CHECK(edges[0] == 0);
  CHECK(edges[2] == 5);
  CHECK(edges[3] == -5);
  CHECK(std::isnan(edges[4]));
  CHECK(edges[5] == 5);
  CHECK(edges[6] == -5);
}

TEST_CASE("panel speed", "[!benchmark][attention]") {
  Attention a{.queries = 8, .keys = 64, .dim = 64, .value_dim = 64, .scale = 0.125f};
  a.fill();
  for (const float cap : {0.0f, 5.0f}) {
    a.softcap = cap;
    AttentionArguments with(a);
    const sm::Head head(with.shape, with.mask, 0, 0, a.q.data(), a.k.data(), a.v.data());
    std::vector<float> q(64 * sm::kPanel), s(64 * sm::kPanel);
    sm::panel_of(q.data(), a.q.data(), 64, 8, 64);
    time("panel_scores, 8 queries, 64 keys of 64, cap " + spell(cap),
         [&] { sm::panel_scores(s.data(), head, q.data(), head.keys(0), 64); });
  }
}

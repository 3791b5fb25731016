#include <catch2/catch.hpp>

#include "oracle/weights.h"
#include "support/attended.h"
#include "support/gradient.h"
#include "support/time.h"

namespace {

const float kAlphas[] = {1, 1.3f, 1.5f, 2};

struct Gradients {
  std::vector<float> dq, dk;
};

Gradients gradients(const Attention& a, const std::vector<float>& w, const std::vector<float>& dw,
                    float alpha, size_t offset = 0) {
  AttentionArguments with(a);
  Guarded<float> q(a.q, offset), k(a.k, offset), ws(w, offset), dws(dw, offset),
      dq(a.q.size(), offset), dk(a.k.size(), offset), tmp(8 * a.dim + 9 * a.keys + 576, offset);
  CHECK(allocations([&] {
          sm::attention_weights_vjp(dq.data(), dk.data(), ws.data(), dws.data(), q.data(), k.data(),
                                    tmp.data(), &with.shape, &with.mask, alpha);
        }) == 0);
  return {dq.values(), dk.values()};
}

std::vector<float> rounded(const oracle::Values& x) { return {x.begin(), x.end()}; }

std::vector<float> weights_of(const Attention& a, float alpha) {
  return rounded(oracle::weights(a, oracle::Heads(a), sm::stage_probabilities, alpha));
}
std::vector<float> arriving(const Attention& a) {
  return scores(1, a.batch * a.heads * a.queries * a.keys, 1, 0).x;
}

// Small enough for differences in each number.
std::vector<Attention> small_calls() {
  std::vector<Attention> all;
  const auto call = [&](const char* name, Attention a) -> Attention& {
    a.name = name;
    a.scale = 0.7f;
    all.push_back(a.fill(1, all.size() + 11));
    return all.back();
  };
  const Attention some = {
      .batch = 2, .heads = 4, .kv_heads = 2, .queries = 4, .keys = 7, .dim = 3, .value_dim = 1};
  call("plain", some);
  call("causal", some).right = 0;
  call("window", some).left = 2;
  call("keep", some).hide(true, true);
  call("bias", some).add_bias(false, true, false);
  call("slopes", some).slopes = {0.5f, 0.25f, 0, 0.125f};
  call("softcap", some).softcap = 1.5f;
  call("lengths", some).lengths = {0, 5};
  Attention& ragged = call(
      "sequences of different lengths",
      {.batch = 3, .heads = 2, .kv_heads = 1, .queries = 5, .keys = 6, .dim = 2, .value_dim = 1});
  ragged.query_starts = {0, 5, 5, 7};
  ragged.key_starts = {0, 6, 7, 9};
  ragged.fill(1, 77);
  return all;
}

}  // namespace

TEST_CASE("attention_weights_vjp is the gradient of every map", "[attention][accuracy]") {
  double worst = 0;
  std::vector<Attention> all = small_calls();
  all.push_back(all[0]);
  all.back().sinks = {0, 1, -kInf, -2};
  for (const Attention& a : all) {
    for (const float alpha : kAlphas) {
      if (!a.sinks.empty() && alpha != 1) continue;
      const std::vector<float> dw = arriving(a);
      const oracle::Values g(dw.begin(), dw.end());
      const Gradients got = gradients(a, weights_of(a, alpha), dw, alpha);
      const auto check = [&](const std::vector<float>& is, oracle::Values oracle::Heads::*of) {
        const auto f = [&](const oracle::Values& at) {
          oracle::Heads x(a);
          x.*of = at;
          return oracle::weights(a, x, sm::stage_probabilities, alpha);
        };
        const oracle::Values exact = central_differences(f, oracle::Heads(a).*of, g);
        for (size_t i = 0; i < is.size(); ++i)
          worst =
              std::max(worst, std::fabs(is[i] - exact[i]) / (5e-6 + 1e-5 * std::fabs(exact[i])));
      };
      INFO(a.name << ", alpha " << alpha);
      check(got.dq, &oracle::Heads::q);
      check(got.dk, &oracle::Heads::k);
      CHECK(worst <= 1);
    }
  }
}

TEST_CASE("attention_weights_vjp reads nothing that is hidden", "[attention]") {
  for (const Attention& a : small_calls()) {
    for (const float alpha : kAlphas) {
      const std::vector<float> w = weights_of(a, alpha);
      std::vector<float> dw = arriving(a);
      const Gradients clean = gradients(a, w, dw, alpha);
      for (size_t i = 0; i < w.size(); ++i) {
        if (w[i] == 0) dw[i] = kNan;
      }
      Attention spoiled = a;
      for (size_t j = 0; j < a.k.size() / a.dim; ++j) {
        bool seen = false;
        for (size_t b = 0; b < a.batch; ++b)
          for (size_t h = 0; h < a.heads; ++h)
            for (size_t i = 0; i < a.queries_of(b); ++i)
              for (size_t key = 0; key < a.keys_of(b); ++key)
                seen |= a.key_row(b, h, key) == j && oracle::sees(a, b, h, i, key);
        for (size_t d = 0; d < a.dim && !seen; ++d) spoiled.k[j * a.dim + d] = kNan;
      }
      const Gradients got = gradients(spoiled, w, dw, alpha, 1);
      INFO(a.name << ", alpha " << alpha);
      CHECK_THAT(got.dq, SameBits(clean.dq));
      CHECK_THAT(got.dk, SameBits(clean.dk));
    }
  }
}

TEST_CASE("attention_weights_vjp speed", "[!benchmark][attention]") {
  Attention a{.queries = 64, .keys = 512, .dim = 64, .scale = 0.125f};
  a.fill();
  AttentionArguments with(a);
  const std::vector<float> w = weights_of(a, 1), dw = arriving(a);
  std::vector<float> dq(a.q.size()), dk(a.k.size()), tmp(8 * 64 + 9 * 512 + 576);
  for (const float alpha : {1.0f, 1.5f}) {
    time("attention_weights_vjp, 64 queries, 512 keys of 64, alpha " + spell(alpha), [&] {
      sm::attention_weights_vjp(dq.data(), dk.data(), w.data(), dw.data(), a.q.data(), a.k.data(),
                                tmp.data(), &with.shape, &with.mask, alpha);
    });
  }
}

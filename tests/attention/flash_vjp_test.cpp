#include <catch2/catch.hpp>

#include "support/attended.h"
#include "support/gradient.h"
#include "support/time.h"

namespace {

struct Incoming {
  std::vector<float> d_o, dlse;
};

struct Gradients {
  std::vector<float> dq, dk, dv, dsinks;
};

Incoming incoming(const Attention& a, bool with_lse) {
  Random random(a.q.size() + a.k.size());
  Incoming in{std::vector<float>(a.rows() * a.value_dim), {}};
  for (float& e : in.d_o) e = static_cast<float>(random.normal());
  if (with_lse) in.dlse.resize(a.rows());
  for (float& e : in.dlse) e = static_cast<float>(random.normal());
  return in;
}

Gradients vjp(const Attention& a, const Incoming& in, size_t offset = 0) {
  const Attended out = attend(sm::attention, a);
  AttentionArguments with(a);
  Guarded<float> q(a.q, offset), k(a.k, offset), v(a.v, offset), o(out.o, offset),
      lse(out.lse, offset), d_o(in.d_o, offset), dlse(in.dlse, offset), dq(a.q.size(), offset),
      dk(a.k.size(), offset), dv(a.v.size(), offset), dsinks(a.sinks.size(), offset);
  CHECK(allocations([&] {
          sm::attention_vjp(dq.data(), dk.data(), dv.data(), dsinks.or_null(), q.data(), k.data(),
                            v.data(), o.data(), lse.data(), d_o.data(), dlse.or_null(),
                            with.tmp.data(), &with.shape, &with.mask);
        }) == 0);
  return {dq.values(), dk.values(), dv.values(), dsinks.values()};
}

void check_same(const Gradients& a, const Gradients& b) {
  CHECK_THAT(a.dq, SameBits(b.dq));
  CHECK_THAT(a.dk, SameBits(b.dk));
  CHECK_THAT(a.dv, SameBits(b.dv));
  CHECK_THAT(a.dsinks, SameBits(b.dsinks));
}

// Within 10⁻⁵ relative and 5 10⁻⁶ absolute, at unit scale: what arrives at a score is multiplied by
// scale. Or three times what plain float32 is off by.
void check_near(const std::string& name, const std::vector<float>& got, const oracle::Values& exact,
                const oracle::Values& plain, double scale) {
  double off = 0;
  for (size_t i = 0; i < exact.size(); ++i) off = std::max(off, std::fabs(plain[i] - exact[i]));
  Errors errors;
  errors.add(
      got, exact,
      [&](size_t i) { return std::max(1e-5 * std::fabs(exact[i]) + 5e-6 * scale, 3 * off); }, name);
  INFO(errors.where << "; plain float32 off by " << off);
  CHECK(errors.max <= 1);
}

}  // namespace

TEST_CASE("the oracle's gradients of attention are its central differences",
          "[attention][oracle]") {
  for (const bool with_lse : {false, true}) {
    Attention a{.batch = 2,
                .heads = 2,
                .kv_heads = 1,
                .queries = 4,
                .keys = 5,
                .dim = 3,
                .value_dim = 2,
                .right = 0};
    a.fill();
    a.softcap = 2;
    a.sinks = {0.5f, -1};
    a.slopes = {0.5f, 0.25f};
    const Incoming in = incoming(a, with_lse);
    const oracle::AttentionGradients exact = oracle::attention_vjp(a, in.d_o, in.dlse);
    oracle::Values dy(in.d_o.begin(), in.d_o.end());
    dy.insert(dy.end(), in.dlse.begin(), in.dlse.end());
    const auto differences = [&](oracle::Values oracle::Heads::*part) {
      const auto f = [&](const oracle::Values& x) {
        oracle::Heads heads(a);
        heads.*part = x;
        const oracle::AttendedValues out = oracle::attention(a, heads);
        oracle::Values y = out.o;
        if (with_lse) y.insert(y.end(), out.lse.begin(), out.lse.end());
        return y;
      };
      return central_differences(f, oracle::Heads(a).*part, dy);
    };
    const auto check = [&](const oracle::Values& got, const oracle::Values& wanted) {
      REQUIRE(got.size() == wanted.size());
      for (size_t i = 0; i < got.size(); ++i) CHECK(std::fabs(got[i] - wanted[i]) < 1e-6);
    };
    check(exact.dq, differences(&oracle::Heads::q));
    check(exact.dk, differences(&oracle::Heads::k));
    check(exact.dv, differences(&oracle::Heads::v));
    check(exact.dsinks, differences(&oracle::Heads::sinks));
  }
}

TEST_CASE("attention_vjp is the oracle's", "[attention][accuracy]") {
  for (const Attention& a : attention_calls()) {
    for (const bool with_lse : {false, true}) {
      const Incoming in = incoming(a, with_lse);
      const Gradients got = vjp(a, in);
      const oracle::AttentionGradients exact = oracle::attention_vjp(a, in.d_o, in.dlse),
                                       plain = oracle::attention_vjp<float>(a, in.d_o, in.dlse);
      const double scale = std::max(1.0, std::fabs(double{a.scale}));
      check_near("dq of " + a.name, got.dq, exact.dq, plain.dq, scale);
      check_near("dk of " + a.name, got.dk, exact.dk, plain.dk, scale);
      check_near("dv of " + a.name, got.dv, exact.dv, plain.dv, 1);
      check_near("dsinks of " + a.name, got.dsinks, exact.dsinks, plain.dsinks, 1);
    }
  }
}

TEST_CASE("attention_vjp gives the same bits wherever its arrays lie", "[attention]") {
  for (const Attention& a : attention_calls()) {
    const Incoming in = incoming(a, true);
    INFO(a.name);
    check_same(vjp(a, in, 3), vjp(a, in));
  }
}

TEST_CASE("queries without keys and keys without queries have gradient 0", "[attention]") {
  Attention a{.queries = 20, .keys = 9, .dim = 5, .value_dim = 5, .right = 0};
  a.fill();
  Gradients got = vjp(a, incoming(a, true));
  CHECK_THAT(std::vector<float>(got.dq.begin(), got.dq.begin() + 55),
             SameBits(std::vector<float>(55, 0)));
  a.lengths = {4};
  got = vjp(a, incoming(a, true));
  CHECK_THAT(std::vector<float>(got.dk.begin() + 20, got.dk.end()),
             SameBits(std::vector<float>(25, 0)));
  CHECK_THAT(std::vector<float>(got.dv.begin() + 20, got.dv.end()),
             SameBits(std::vector<float>(25, 0)));
}

TEST_CASE("NaN in hidden keys and values changes no gradient", "[attention]") {
  Attention a{.queries = 40, .keys = 90, .dim = 6, .value_dim = 6};
  a.fill();
  a.hide(false, false);
  const size_t j = 70;
  for (size_t i = 0; i < a.queries; ++i) a.keep[i * a.keys + j] = 0;
  const Incoming in = incoming(a, true);
  const Gradients clean = vjp(a, in);
  for (const float bad : {kNan, kInf}) {
    Attention spoiled = a;
    for (size_t d = 0; d < 6; ++d) spoiled.k[j * 6 + d] = spoiled.v[j * 6 + d] = bad;
    check_same(vjp(spoiled, in), clean);
  }
}

TEST_CASE("a NaN query, or gradient, reaches the keys that see it and no others", "[attention]") {
  Attention a{.queries = 40, .keys = 70, .dim = 6, .value_dim = 6, .left = 3, .right = 0};
  a.fill();
  const Incoming in = incoming(a, false);
  const Gradients clean = vjp(a, in);
  const size_t i = 17;  // sees keys 44 to 47
  Incoming spoiled_in = in;
  spoiled_in.d_o[i * 6 + 1] = kNan;
  Attention spoiled = a;
  spoiled.q[i * 6 + 1] = kNan;
  for (const Gradients& got : {vjp(spoiled, in), vjp(a, spoiled_in)}) {
    for (size_t row = 0; row < 70; ++row) {
      const bool sees = row >= 44 && row <= 47;
      CHECK(std::isnan(got.dk[row * 6]) == sees);
      if (!sees) CHECK(bits_of(got.dk[row * 6]) == bits_of(clean.dk[row * 6]));
      if (!sees) CHECK(bits_of(got.dv[row * 6 + 1]) == bits_of(clean.dv[row * 6 + 1]));
    }
    for (size_t row = 0; row < 40; ++row) CHECK(std::isnan(got.dq[row * 6]) == (row == i));
  }
}

TEST_CASE("attention_vjp is linear in what arrives", "[attention]") {
  Attention a{.queries = 9, .keys = 70, .dim = 4, .value_dim = 4};
  a.fill();
  Incoming in = incoming(a, true);
  const Gradients once = vjp(a, in);
  for (float& e : in.d_o) e *= 2;
  for (float& e : in.dlse) e *= 2;
  Gradients twice = vjp(a, in);
  for (float& e : twice.dq) e /= 2;
  for (float& e : twice.dk) e /= 2;
  for (float& e : twice.dv) e /= 2;
  check_same(twice, once);
}

TEST_CASE("attention_vjp speed", "[!benchmark][attention]") {
  Attention a{.queries = 64, .keys = 512, .dim = 64, .value_dim = 64, .scale = 0.125f};
  a.fill();
  AttentionArguments with(a);
  const Attended out = attend(sm::attention, a);
  const Incoming in = incoming(a, true);
  std::vector<float> dq(a.q.size()), dk(a.k.size()), dv(a.v.size());
  time("attention_vjp, 64 queries, 512 keys of 64", [&] {
    sm::attention_vjp(dq.data(), dk.data(), dv.data(), nullptr, a.q.data(), a.k.data(), a.v.data(),
                      out.o.data(), out.lse.data(), in.d_o.data(), in.dlse.data(), with.tmp.data(),
                      &with.shape, &with.mask);
  });
}

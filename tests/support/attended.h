// What must hold of every op that attends.
#pragma once

#include "oracle/attention.h"
#include "oracle/formats.h"
#include "support/heads.h"
#include "support/near.h"

inline double largest(const std::vector<float>& x) {
  double top = 0;
  for (const float e : x) top = std::max(top, std::fabs(double{e}));
  return top;
}

// What rounding the products of a score may move it by: D U scale sum |q k|.
inline double score_error(const Attention& a, size_t b, size_t h, size_t i) {
  double most = 0;
  for (size_t j = 0; j < a.keys_of(b); ++j) {
    double sum = 0;
    for (size_t d = 0; d < a.dim; ++d) {
      sum += std::fabs(double{a.q[a.query_row(b, h, i) * a.dim + d]} *
                       a.k[a.key_row(b, h, j) * a.dim + d]);
    }
    most = std::max(most, sum);
  }
  return static_cast<double>(a.dim) * kU * std::fabs(a.scale) * most;
}

inline void check_outputs(const Attention& a, const Attended& got) {
  const oracle::AttendedValues exact = oracle::attention(a);
  Errors plain, ours, lse;
  const auto one = [](size_t) { return 1.0; };
  plain.add(plain_attention(a, oracle::sees).o, exact.o, one, a.name);
  ours.add(got.o, exact.o, one, a.name);
  INFO(ours.where << "; plain float32 off by " << plain.max);
  CHECK(ours.max <= 2 * plain.max + 4 * kU * largest(a.v));
  for (size_t b = 0; b < a.batch; ++b) {
    for (size_t h = 0; h < a.heads; ++h) {
      for (size_t i = 0; i < a.queries_of(b); ++i) {
        const size_t row = a.query_row(b, h, i);
        lse.add(got.lse[row], exact.lse[row], 2 * ulp(exact.lse[row]) + score_error(a, b, h, i),
                a.name, row);
      }
    }
  }
  INFO(lse.where);
  CHECK(lse.max <= 1);
}

inline void check_same(const Attended& a, const Attended& b) {
  CHECK_THAT(a.o, SameBits(b.o));
  CHECK_THAT(a.lse, SameBits(b.lse));
}

// The calls that a cache can serve.
inline std::vector<Attention> cached_calls() {
  std::vector<Attention> all = attention_calls();
  std::erase_if(all, [](const Attention& a) { return !a.key_starts.empty(); });
  return all;
}

// Halves in tiles give the bits that the floats of their values give there, NaN, infinite and
// subnormal ones too.
inline void check_halves(decltype(sm::attention) op, Attention a) {
  INFO(a.name);
  for (const bool special : {false, true}) {
    for (auto* const x : {&a.k, &a.v}) {
      const float some[] = {0x1p-24f, -0x1.ffcp-15f, -0.0f, 65504, kInf, kNan};
      for (size_t i = 0; special && i < x->size(); i += 1 + x->size() / 5)
        (*x)[i] = some[i % std::size(some)];
      for (float& e : *x) e = static_cast<float>(oracle::float16.nearest(e));
    }
    a.keeping = sm::in_tiles;
    const Attended floats = attend(op, a);
    for (const auto keeping : {sm::in_half_tiles, sm::in_finite_half_tiles}) {
      if (special && keeping == sm::in_finite_half_tiles) continue;
      a.keeping = keeping;
      for (const size_t offset : {0, 1}) check_same(attend(op, a, offset), floats);
      check_same(attend(op, a, 0, true), floats);
    }
  }
}

// The size of the error beside the size of what is exact.
inline double relative_error(const std::vector<float>& got, const std::vector<double>& exact) {
  double error = 0, size = 0;
  for (size_t i = 0; i < exact.size(); ++i) {
    error += (got[i] - exact[i]) * (got[i] - exact[i]);
    size += exact[i] * exact[i];
  }
  return std::sqrt(error / size);
}

// NaN and infinities in a key and its value change no bit of a query that does not see it, and make
// NaN of one that does.
inline void check_hidden(decltype(sm::attention) op, const Attention& a) {
  const Attended clean = attend(op, a);
  for (const float bad : {kNan, kInf, -kInf}) {
    for (size_t j = 0; j < a.keys; j += 1 + a.keys / 3) {
      Attention spoiled = a;
      for (size_t d = 0; d < a.dim; ++d) spoiled.k[a.key_row(0, 0, j) * a.dim + d] = bad;
      for (size_t d = 0; d < a.value_dim; ++d)
        spoiled.v[a.key_row(0, 0, j) * a.value_dim + d] = bad;
      const Attended got = attend(op, spoiled);
      INFO(a.name << ", key " << j << " is " << bad);
      size_t leaks = 0, missed = 0;
      for (size_t b = 0; b < a.batch; ++b) {
        for (size_t h = 0; h < a.heads; ++h) {
          for (size_t i = 0; i < a.queries_of(b); ++i) {
            bool sees = false;
            for (size_t key = 0; key < a.keys_of(b); ++key) {
              sees |= a.key_row(b, h, key) == a.key_row(0, 0, j) && oracle::sees(a, b, h, i, key);
            }
            const size_t row = a.query_row(b, h, i);
            bool same = bits_of(got.lse[row]) == bits_of(clean.lse[row]),
                 nan = std::isnan(got.lse[row]);
            for (size_t d = 0; d < a.value_dim; ++d) {
              const float v = got.o[row * a.value_dim + d];
              same &= bits_of(v) == bits_of(clean.o[row * a.value_dim + d]);
              nan &= std::isnan(v);
            }
            leaks += !sees && !same;
            missed += sees && std::isnan(bad) && !nan;
          }
        }
      }
      CHECK(leaks == 0);
      CHECK(missed == 0);
    }
  }
}

#include "support/heads.h"

#include <cmath>
#include <optional>

AttentionArguments::AttentionArguments(const Attention& a, bool interleaved)
    : query_starts(a.query_starts, 0),
      key_starts(a.key_starts, 0),
      lengths(a.lengths, 0),
      keep(a.keep, 1),
      bias(a.bias, 1),
      slopes(a.slopes, 0),
      sinks(a.sinks, 0),
      tmp(sm::attention_room * (a.dim + a.value_dim + 64)) {
  const auto lie = [&](size_t heads, size_t rows, size_t n, bool one) {
    const size_t b = one ? 0 : heads * rows * n;
    return interleaved ? sm::Strides{b, n, heads * n} : sm::Strides{b, rows * n, n};
  };
  const bool rq = !a.query_starts.empty(), rk = !a.key_starts.empty();
  shape = {.batch = a.batch,
           .heads = a.heads,
           .kv_heads = a.kv_heads,
           .queries = a.queries,
           .keys = a.keys,
           .dim = a.dim,
           .value_dim = a.value_dim,
           .q = lie(a.heads, a.total_queries(), a.dim, rq),
           .k = lie(a.kv_heads, a.total_keys(), a.dim, rk),
           .v = lie(a.kv_heads, a.total_keys(), a.value_dim, rk),
           .o = lie(a.heads, a.total_queries(), a.value_dim, rq),
           .lse = {rq ? 0 : a.heads * a.queries, a.total_queries(), 1},
           .query_starts = query_starts.or_null(),
           .key_starts = key_starts.or_null(),
           .keeping = a.keeping};
  if (a.keeping != sm::in_rows) {
    for (auto* const at : {&shape.k, &shape.v}) {
      at->row = at == &shape.k ? a.dim : a.value_dim;
      at->head = a.capacity() * at->row;
      at->batch = a.kv_heads * at->head;
    }
  }
  const size_t square = a.queries * a.keys, strip = a.one_bias_row ? a.keys : square;
  mask = {.scale = a.scale,
          .softcap = a.softcap,
          .left = a.left,
          .right = a.right,
          .top_left = a.top_left,
          .lengths = lengths.or_null(),
          .keep = keep.or_null(),
          .keep_at = {a.keep_by_batch ? (a.keep_by_head ? a.heads : 1) * square : 0,
                      a.keep_by_head ? square : 0, a.keys},
          .bias = bias.or_null(),
          .bias_at = {a.bias_by_batch ? (a.bias_by_head ? a.heads : 1) * strip : 0,
                      a.bias_by_head ? strip : 0, a.one_bias_row ? 0 : a.keys},
          .slopes = slopes.or_null(),
          .sinks = sinks.or_null()};
}

std::vector<float> interleave(const std::vector<float>& x, size_t batch, size_t heads, size_t rows,
                              size_t n) {
  std::vector<float> y(x.size());
  for (size_t b = 0; b < batch; ++b)
    for (size_t h = 0; h < heads; ++h)
      for (size_t r = 0; r < rows; ++r)
        for (size_t e = 0; e < n; ++e)
          y[((b * rows + r) * heads + h) * n + e] = x[((b * heads + h) * rows + r) * n + e];
  return y;
}

Attended attend(decltype(sm::attention) op, const Attention& a, size_t offset, bool interleaved) {
  AttentionArguments with(a, interleaved);
  const auto lie = [&](const std::vector<float>& x, size_t heads, size_t rows, size_t n) {
    return interleaved ? interleave(x, a.blocks(), heads, rows, n) : x;
  };
  Guarded<float> q(lie(a.q, a.heads, a.total_queries(), a.dim), offset),
      k(lie(a.k, a.kv_heads, a.total_keys(), a.dim), offset),
      v(lie(a.v, a.kv_heads, a.total_keys(), a.value_dim), offset),
      o(a.rows() * a.value_dim, offset), lse(a.rows(), offset);
  const bool rows = a.keeping == sm::in_rows;
  std::optional<Kept> kept_k, kept_v;
  if (!rows) kept_k.emplace(a, a.k, a.dim, sm::append_keys, offset);
  if (!rows) kept_v.emplace(a, a.v, a.value_dim, sm::append_values, offset);
  CHECK(allocations([&] {
          op(o.data(), lse.data(), q.data(), rows ? k.data() : kept_k->data(),
             rows ? v.data() : kept_v->data(), with.tmp.data(), &with.shape, &with.mask);
        }) == 0);
  std::vector<float> out = o.values();
  if (interleaved) out = interleave(out, a.blocks(), a.total_queries(), a.heads, a.value_dim);
  return {out, lse.values()};
}

Attended plain_attention(const Attention& a,
                         bool (*sees)(const Attention&, size_t, size_t, size_t, size_t)) {
  Attended out{std::vector<float>(a.rows() * a.value_dim), std::vector<float>(a.rows(), -kInf)};
  for (size_t b = 0; b < a.batch; ++b) {
    for (size_t h = 0; h < a.heads; ++h) {
      for (size_t i = 0; i < a.queries_of(b); ++i) {
        std::vector<float> s(a.keys_of(b), -kInf);
        float top = -kInf, total = 0;
        const size_t row = a.query_row(b, h, i);
        for (size_t j = 0; j < s.size(); ++j) {
          if (!sees(a, b, h, i, j)) continue;
          float dot = 0;
          for (size_t d = 0; d < a.dim; ++d)
            dot += a.q[row * a.dim + d] * a.k[a.key_row(b, h, j) * a.dim + d];
          s[j] = dot * a.scale;
          if (a.softcap > 0) s[j] = a.softcap * std::tanh(s[j] / a.softcap);
          if (!a.bias.empty()) s[j] += a.bias[a.bias_at(b, h, i, j)];
          if (!a.slopes.empty()) {
            const double offset = a.top_left ? 0 : double(a.keys_of(b)) - double(a.queries_of(b));
            s[j] -= a.slopes[h] * static_cast<float>(std::fabs(double(i) + offset - double(j)));
          }
          top = std::max(top, s[j]);
        }
        if (top == -kInf) continue;
        for (float& e : s) total += e = std::exp(e - top);
        out.lse[row] = top + std::log(total);
        if (!a.sinks.empty()) total += std::exp(a.sinks[h] - top);
        for (size_t d = 0; d < a.value_dim; ++d) {
          float sum = 0;
          for (size_t j = 0; j < s.size(); ++j) {
            if (s[j] > 0) sum += s[j] / total * a.v[a.key_row(b, h, j) * a.value_dim + d];
          }
          out.o[row * a.value_dim + d] = sum;
        }
      }
    }
  }
  return out;
}

std::vector<Attention> attention_calls() {
  std::vector<Attention> all;
  const auto call = [&](const std::string& name, Attention a) -> Attention& {
    a.scale = a.scale == 1 ? 1 / std::sqrt(static_cast<float>(a.dim)) : a.scale;
    a.name = name + ", " + std::to_string(a.batch) + " x " + std::to_string(a.heads) + " heads, " +
             std::to_string(a.queries) + " queries, " + std::to_string(a.keys) + " keys, dim " +
             std::to_string(a.dim);
    all.push_back(a.fill(1, all.size() + 1));
    return all.back();
  };
  for (const size_t dim : {1, 2, 3, 4, 5, 7, 8, 13, 32, 64, 80, 96, 128})
    call("dims", {.queries = 9, .keys = 11, .dim = dim, .value_dim = dim});
  call("values of another dim", {.queries = 9, .keys = 70, .dim = 8, .value_dim = 3});
  for (const size_t n : {1, 2, 3, 5, 8, 31, 32, 33, 63, 64, 65, 130}) {
    call("as many keys", {.queries = n, .keys = n, .dim = 8, .value_dim = 8});
    call("causal", {.queries = n, .keys = n, .dim = 8, .value_dim = 8, .right = 0});
    call("few queries", {.queries = 3, .keys = n, .dim = 8, .value_dim = 8, .right = 0});
    call("few keys", {.queries = n, .keys = 3, .dim = 8, .value_dim = 8, .right = 0});
    call("one key", {.queries = n, .keys = 1, .dim = 4, .value_dim = 4});
  }
  for (const bool top_left : {false, true}) {
    for (const size_t queries : {70, 150}) {
      const auto sized = [&](int32_t left, int32_t right) -> Attention {
        return {.queries = queries,
                .keys = 220 - queries,
                .dim = 8,
                .value_dim = 8,
                .left = left,
                .right = right,
                .top_left = top_left};
      };
      call("causal", sized(-1, 0));
      call("window", sized(20, 0));
      call("window of itself", sized(0, 0));
      call("window both ways", sized(5, 9));
      call("window ahead", sized(-1, 70));
    }
  }
  const Attention several = {
      .batch = 2, .heads = 4, .kv_heads = 2, .queries = 37, .keys = 71, .dim = 16, .value_dim = 16};
  call("grouped heads", several);
  for (const bool by_batch : {false, true}) {
    for (const bool by_head : {false, true}) {
      call("keep", several).hide(by_batch, by_head);
      call("bias", several).add_bias(by_batch, by_head, false);
      call("one row of bias", several).add_bias(by_batch, by_head, true);
    }
  }
  call("keep and bias and causal", several).hide(true, true).add_bias(false, true, false).right = 0;
  call("lengths", several).lengths = {0, 66};
  call("slopes", several).slopes = {0.5f, 0.25f, 0, 0.125f};
  call("slopes, causal", several).slopes = {0.5f, 0.25f, 0, 0.125f};
  all.back().right = 0;
  call("sinks", several).sinks = {0, 3, -kInf, -2};
  call("softcap", several).softcap = 5;
  all.back().right = 0;
  call("softcap of large scores", several).softcap = 2;
  all.back().scale = 3;
  Attention& ragged = call(
      "sequences of different lengths",
      {.batch = 4, .heads = 2, .kv_heads = 1, .queries = 40, .keys = 70, .dim = 8, .value_dim = 8});
  ragged.query_starts = {0, 40, 40, 47, 60};
  ragged.key_starts = {0, 70, 75, 75, 88};
  ragged.right = 0;
  ragged.fill(1, 99);
  call("large scores", several).scale = 100;
  call("huge scores", several).scale = 3000;
  call("negative scale", several).scale = -0.3f;
  call("small scores", several).scale = 1e-6f;
  return all;
}

// Attention calls: what is asked, as tests say it, and the op called on buffers between guards.
#pragma once

#include <algorithm>

#include "attention.h"
#include "support/call.h"

// A call on [batch, heads, rows, dim] arrays, or with starts on [heads, rows of all sequences,
// dim].
struct Attention {
  size_t batch = 1, heads = 1, kv_heads = 1, queries = 1, keys = 1, dim = 1, value_dim = 1;
  std::vector<float> q = {}, k = {}, v = {};
  float scale = 1, softcap = 0;
  int32_t left = -1, right = -1;
  bool top_left = false;
  std::vector<int32_t> query_starts = {}, key_starts = {}, lengths = {};
  std::vector<uint8_t> keep = {};  // [batch or 1, heads or 1, queries or 1, keys]
  std::vector<float> bias = {};    // the same
  bool keep_by_head = false, keep_by_batch = false, bias_by_head = false, bias_by_batch = false,
       one_bias_row = false;
  std::vector<float> slopes = {}, sinks = {};
  sm::Keeping keeping = sm::in_rows;  // how k and v cross
  std::string name = "attention";

  size_t total_queries() const {
    return query_starts.empty() ? queries : static_cast<size_t>(query_starts.back());
  }
  size_t total_keys() const {
    return key_starts.empty() ? keys : static_cast<size_t>(key_starts.back());
  }
  // Positions of a cache that holds them, with a tile to spare.
  size_t capacity() const { return (keys / sm::cache_tile + 2) * sm::cache_tile; }
  size_t blocks() const { return query_starts.empty() ? batch : 1; }
  size_t rows() const { return blocks() * heads * total_queries(); }
  size_t queries_of(size_t b) const {
    return query_starts.empty() ? queries
                                : static_cast<size_t>(query_starts[b + 1] - query_starts[b]);
  }
  size_t keys_of(size_t b) const {
    return key_starts.empty() ? keys : static_cast<size_t>(key_starts[b + 1] - key_starts[b]);
  }
  // Row numbers in the arrays.
  size_t query_row(size_t b, size_t h, size_t i) const {
    return query_starts.empty() ? (b * heads + h) * queries + i
                                : h * total_queries() + static_cast<size_t>(query_starts[b]) + i;
  }
  size_t key_row(size_t b, size_t h, size_t j) const {
    const size_t kv = h * kv_heads / heads;
    return key_starts.empty() ? (b * kv_heads + kv) * keys + j
                              : kv * total_keys() + static_cast<size_t>(key_starts[b]) + j;
  }
  size_t keep_at(size_t b, size_t h, size_t i, size_t j) const {
    const size_t heads_of = keep_by_head ? heads : 1;
    return (((keep_by_batch ? b : 0) * heads_of + (keep_by_head ? h : 0)) * queries + i) * keys + j;
  }
  size_t bias_at(size_t b, size_t h, size_t i, size_t j) const {
    const size_t heads_of = bias_by_head ? heads : 1, rows_of = one_bias_row ? 1 : queries;
    return (((bias_by_batch ? b : 0) * heads_of + (bias_by_head ? h : 0)) * rows_of +
            (one_bias_row ? 0 : i)) *
               keys +
           j;
  }

  // Normal numbers everywhere.
  Attention& fill(double sd = 1, uint64_t seed = 1) {
    Random random(seed);
    const auto normals = [&](size_t n) {
      std::vector<float> x(n);
      for (float& e : x) e = static_cast<float>(sd * random.normal());
      return x;
    };
    q = normals(rows() * dim);
    k = normals(blocks() * kv_heads * total_keys() * dim);
    v = normals(blocks() * kv_heads * total_keys() * value_dim);
    return *this;
  }
  // About one in four is hidden.
  Attention& hide(bool by_batch, bool by_head, uint64_t seed = 3) {
    keep_by_batch = by_batch;
    keep_by_head = by_head;
    keep = random_mask((by_batch ? batch : 1) * (by_head ? heads : 1) * queries * keys, seed);
    return *this;
  }
  // Some are -inf.
  Attention& add_bias(bool by_batch, bool by_head, bool one_row, uint64_t seed = 4) {
    bias_by_batch = by_batch;
    bias_by_head = by_head;
    one_bias_row = one_row;
    bias.resize((by_batch ? batch : 1) * (by_head ? heads : 1) * (one_row ? 1 : queries) * keys);
    Random random(seed);
    for (float& e : bias) e = random.below(5) ? static_cast<float>(random.normal()) : -kInf;
    return *this;
  }
};

struct Attended {
  std::vector<float> o, lse;
};

// The structs of a call, and guarded copies of what they point at.
struct AttentionArguments {
  Guarded<int32_t> query_starts, key_starts, lengths;
  Guarded<uint8_t> keep;
  Guarded<float> bias, slopes, sinks, tmp;
  sm::AttentionShape shape;
  sm::AttentionMask mask;

  // interleaved: q, k, v and o lie as [batch, rows, heads, dim].
  explicit AttentionArguments(const Attention& a, bool interleaved = false);
};

// [batch, heads, rows, n] as [batch, rows, heads, n]; and back with heads and rows exchanged.
std::vector<float> interleave(const std::vector<float>& x, size_t batch, size_t heads, size_t rows,
                              size_t n);

// Keys or values as a cache keeps them; what stands where there are none is NaN.
class Kept {
 public:
  Kept(const Attention& a, const std::vector<float>& x, size_t cols,
       decltype(sm::append_keys) append, size_t offset = 0)
      : floats_(a.keeping == sm::in_tiles ? size(a, cols) : 0, offset),
        halves_(a.keeping == sm::in_tiles ? 0 : size(a, cols), offset) {
    const bool finite = append(data(), x.data(), a.batch * a.kv_heads, a.capacity(), 0, a.keys,
                               cols, a.keeping) == 1;
    CHECK((a.keeping != sm::in_finite_half_tiles || finite));
  }
  float* data() {
    return floats_.or_null() == nullptr ? reinterpret_cast<float*>(halves_.data()) : floats_.data();
  }

 private:
  static size_t size(const Attention& a, size_t cols) {
    return a.batch * a.kv_heads * a.capacity() * cols;
  }
  Guarded<float> floats_;
  Guarded<uint16_t> halves_;
};

Attended attend(decltype(sm::attention) op, const Attention& a, size_t offset = 0,
                bool interleaved = false);

// What float32 gives without care: scores, exp and sums one after the other. An op may be off by
// twice as much.
Attended plain_attention(const Attention& a,
                         bool (*sees)(const Attention&, size_t, size_t, size_t, size_t));

// Calls of all shapes and with every option.
std::vector<Attention> attention_calls();

#include "attention.h"
#include "attention/online.h"
#include "attention/panel.h"

namespace sm {

namespace {

constexpr size_t kBlock = kDepth;  // queries whose weights with a tile stand side by side

size_t whole(size_t cols) { return (cols + kPanel - 1) & ~(kPanel - 1); }

// The gradient of the queries, and what comes in.
struct Gradients {
  float* dq;
  const float *o, *lse, *d_o, *dlse;
};

// Where things are in tmp. Rows of what is multiplied by rows are as long as a multiple of eight.
struct Room {
  size_t dim, value_dim;
  float *dk, *dv;   // [kKeys, dim], [kKeys, value_dim] of a tile
  float *q, *d_o;   // [kBlock, dim], [kBlock, value_dim] of a block
  float *p, *ds;    // [kKeys, kBlock]
  float *qt, *dot;  // [dim, 8], [value_dim, 8] of a panel
  float* dqt;       // [dim, 8]
  float *s, *dp;    // [kKeys, 8]

  Room(float* tmp, const AttentionShape& shape)
      : dim(whole(shape.dim)), value_dim(whole(shape.value_dim)) {
    const auto take = [&](size_t n) {
      tmp += n;
      return tmp - n;
    };
    dk = take(kKeys * dim);
    dv = take(kKeys * value_dim);
    q = take(kBlock * dim);
    d_o = take(kBlock * value_dim);
    p = take(kKeys * kBlock);
    ds = take(kKeys * kBlock);
    qt = take(dim * kPanel);
    dot = take(value_dim * kPanel);
    dqt = take(dim * kPanel);
    s = take(kKeys * kPanel);
    dp = take(kKeys * kPanel);
  }
};

[[gnu::noinline]] double dot(const float* x, const float* y, size_t n) {
  return total(
      n, [](f32x4 a, f32x4 b) { return a * b; }, x, y);
}

// The share of the weight that a sink leaves to the keys.
double left_by_sink(const Head& head, float lse) {
  return head.mask.sinks == nullptr ? 1 : 1 / (1 + exp(double{head.mask.sinks[head.h]} - lse));
}

// Up to kBlock queries of a head against a tile of keys.
class Block {
 public:
  Block(const Head& head, const Gradients& to, const Room& room, size_t i, size_t n)
      : head_(head), to_(to), room_(room), i_(i), n_(n) {}

  // Adds what the block contributes to dk and dv of the tile from key j on, and to its own dq.
  void add(size_t j) {
    const Panel whole_block(head_, i_, n_);
    const Span keys = whole_block.in_tile(j);
    if (keys.first >= keys.end) return;
    zeros(room_.p, kKeys * kBlock);
    zeros(room_.ds, kKeys * kBlock);
    for (size_t l = 0; l < kBlock; ++l) take_row(l);
    for (size_t l = 0; l < n_; l += kPanel) {
      const Panel panel(head_, i_ + l, n_ - l < kPanel ? n_ - l : kPanel);
      const Span part = panel.in_tile(j);
      if (part.first < part.end) add_panel(panel, part, l, j);
    }
    const size_t from = keys.first - j, rows = keys.end - keys.first;
    const size_t at = from * kBlock;
    add_infinite(from, rows);
    rows_by_rows(room_.dv + from * room_.value_dim, room_.p + at, rows, room_.d_o, room_.value_dim);
    rows_by_rows(room_.dk + from * room_.dim, room_.ds + at, rows, room_.q, room_.dim);
  }

 private:
  const Head& head_;
  const Gradients& to_;
  const Room& room_;
  size_t i_, n_;
  float lse_[kBlock], delta_[kBlock];

  // Row l of the block: its query, the gradient that arrives at its share of the weight, its lse,
  // and dlse - <do, o>. A row without keys is 0, whatever stands there.
  void take_row(size_t l) {
    const AttentionShape& shape = head_.shape;
    float *const q = room_.q + l * room_.dim, *const d_o = room_.d_o + l * room_.value_dim;
    zeros(q, room_.dim);
    zeros(d_o, room_.value_dim);
    lse_[l] = l < n_ ? to_.lse[head_.row(shape.lse, i_ + l)] : -infinity;
    delta_[l] = 0;
    if (lse_[l] == -infinity) return;
    const size_t row = head_.row(shape.o, i_ + l);
    scaled(q, head_.q + head_.row(shape.q, i_ + l), shape.dim, 1);
    scaled(d_o, to_.d_o + row, shape.value_dim, static_cast<float>(left_by_sink(head_, lse_[l])));
    const double inner = dot(d_o, to_.o + row, shape.value_dim);
    const double more = to_.dlse == nullptr ? 0 : to_.dlse[head_.row(shape.lse, i_ + l)];
    delta_[l] = static_cast<float>(more - inner);
  }

  void add_panel(const Panel& panel, Span keys, size_t l, size_t tile) {
    const AttentionShape& shape = head_.shape;
    const size_t n = keys.end - keys.first, rows = (n + 3) & ~size_t{3};
    panel_of(room_.qt, room_.q + l * room_.dim, room_.dim, kPanel, shape.dim);
    panel_of(room_.dot, room_.d_o + l * room_.value_dim, room_.value_dim, kPanel, shape.value_dim);
    const Rows k = head_.keys(keys.first), values = head_.values(keys.first);
    rows_by_panel(room_.dp, values.at, values.stride, values.step, n, room_.dot, shape.value_dim,
                  1);
    panel_scores(room_.s, head_, room_.qt, k, n);
    for (size_t half = 0; half < kPanel; half += 4) slopes(n, half, load(delta_ + l + half));
    panel_mask(room_.s, head_, panel, keys);
    const size_t at = (keys.first - tile) * kBlock + l;
    for (size_t half = 0; half < kPanel; half += 4)
      weigh(rows, half, load(lse_ + l + half), room_.p + at + half, room_.ds + at + half);
    float factor[kPanel] = {}, scale[kPanel];
    for (float& each_lane : scale) each_lane = head_.mask.scale;
    zeros(room_.dqt, shape.dim * kPanel);
    panel_columns(room_.dqt, head_, panel, keys, k, shape.dim, room_.dp, factor);
    rows_of(to_.dq + head_.row(shape.q, panel.i), shape.q.row, panel.n, room_.dqt, shape.dim, scale,
            true);
  }

  // dp + delta, times the slope 1 - (s / cap)² of a capped score.
  void slopes(size_t keys, size_t half, f32x4 delta) const {
    const float cap = head_.mask.softcap;
    const f32x4 inverse = held(cap > 0 ? 1 / cap : 0), one = held(1);
    for (size_t r = half; r < keys * kPanel; r += kPanel) {
      const f32x4 y = load(room_.s + r) * inverse;
      store(room_.dp + r, (load(room_.dp + r) + delta) * (cap > 0 ? one - y * y : one));
    }
  }

  // Weights exp(s - lse) to p, and weight times dp to ds and dp; both 0 where a weight is 0.
  void weigh(size_t keys, size_t half, f32x4 lse, float* p, float* ds) const {
    const f32x4 none = splat(0), inf = splat(-infinity);
    // A NaN row is NaN by its scale, where it has weight at all.
    const f32x4 reference = select_eq(lse - lse, none, lse, none);
    const f32x4 scale = select_eq(lse, inf, none, (lse - lse + splat(1)) / exp_of_peak(reference));
    float *const s = room_.s + half, *const dp = room_.dp + half;
    exps(s, keys, kPanel, reference);
    for (size_t r = 0; r < keys; ++r) {
      const f32x4 e = load(s + r * kPanel);
      const f32x4 w = select_eq(e, none, none, select_eq(scale, none, none, e * scale));
      const f32x4 g = select_eq(w, none, none, w * load(dp + r * kPanel));
      store(p + r * kBlock, w);
      store(ds + r * kBlock, g);
      store(dp + r * kPanel, g);
    }
  }

  // A query or gradient row that is not finite reaches the keys that have weight in it, and no
  // others: 0 times it would not be 0. Afterwards it is 0.
  void add_infinite(size_t from, size_t rows) {
    const auto add = [=](float* to, const float* w, float* x, size_t cols) {
      if (finite_row(x, cols)) return;
      for (size_t r = from; r < from + rows; ++r) {
        if (w[r * kBlock] != 0) add_scaled(to + r * cols, x, cols, w[r * kBlock]);
      }
      zeros(x, cols);
    };
    for (size_t l = 0; l < n_; ++l) {
      add(room_.dv, room_.p + l, room_.d_o + l * room_.value_dim, room_.value_dim);
      add(room_.dk, room_.ds + l, room_.q + l * room_.dim, room_.dim);
    }
  }
};

// What a head adds to the gradient of its sink: -<do, o> times the share that the sink takes.
double sink_gradient(const Head& head, const Gradients& to) {
  const AttentionShape& shape = head.shape;
  double sum = 0;
  for (size_t i = 0; i < head.sight.queries; ++i) {
    const float lse = to.lse[head.row(shape.lse, i)];
    const size_t row = head.row(shape.o, i);
    if (lse == -infinity) continue;
    const double inner = dot(to.d_o + row, to.o + row, shape.value_dim);
    sum -= inner * (1 - left_by_sink(head, lse));
  }
  return sum;
}

}  // namespace

void attention_vjp(float* dq, float* dk, float* dv, float* dsinks, const float* q, const float* k,
                   const float* v, const float* o, const float* lse, const float* d_o,
                   const float* dlse, float* tmp, const AttentionShape* shape,
                   const AttentionMask* mask) {
  const Gradients to{dq, o, lse, d_o, dlse};
  const Room room(tmp, *shape);
  const size_t group = shape->heads / shape->kv_heads;
  for (size_t h = 0; dsinks != nullptr && h < shape->heads; ++h) {
    double sum = 0;
    for (size_t b = 0; b < shape->batch; ++b)
      sum += sink_gradient(Head(*shape, *mask, b, h, q, k, v), to);
    dsinks[h] = static_cast<float>(sum);
  }
  for (size_t b = 0; b < shape->batch; ++b) {
    for (size_t h = 0; h < shape->heads; ++h) {
      const Head head(*shape, *mask, b, h, q, k, v);
      for (size_t i = 0; i < head.sight.queries; ++i) zeros(dq + head.row(shape->q, i), shape->dim);
    }
    for (size_t kv = 0; kv < shape->kv_heads; ++kv) {
      const Sight any(*shape, *mask, b, kv * group);
      for (size_t j = 0; j < any.all_keys; j += kKeys) {
        zeros(room.dk, kKeys * room.dim);
        zeros(room.dv, kKeys * room.value_dim);
        for (size_t h = kv * group; h < (kv + 1) * group; ++h) {
          const Head head(*shape, *mask, b, h, q, k, v);
          const size_t queries = head.sight.queries;
          for (size_t i = 0; i < queries; i += kBlock)
            Block(head, to, room, i, queries - i < kBlock ? queries - i : kBlock).add(j);
        }
        for (size_t r = 0; r < kKeys && j + r < any.all_keys; ++r) {
          const size_t row = any.key_start + j + r;
          scaled(dk + shape->k.at(b, kv, row), room.dk + r * room.dim, shape->dim, mask->scale);
          scaled(dv + shape->v.at(b, kv, row), room.dv + r * room.value_dim, shape->value_dim, 1);
        }
      }
    }
  }
}

}  // namespace sm

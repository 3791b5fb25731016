#include "attention.h"
#include "attention/panel.h"
#include "maps.h"
#include "simd/elementary.h"

namespace sm {

namespace {

// The scores of a panel's queries with the keys of a tile, s [keys, 8], as far as a stage takes
// them. Tiles of the first stages are whole: they are of every pair.
void tile_scores(float* s, const Head& head, const Panel& panel, const float* q, Span keys,
                 int stage) {
  const size_t n = keys.end - keys.first;
  const Rows k = head.keys(keys.first);
  if (stage == Stage::stage_raw) {
    rows_by_panel(s, k.at, k.stride, k.step, n, q, head.shape.dim, head.mask.scale);
  } else {
    panel_scores(s, head, q, k, n);
    if (stage != Stage::stage_capped) panel_mask(s, head, panel, keys);
  }
}

// Rows [n, cols] of scores become weights. A sink is the last of the columns.
void weigh_rows(float* rows, size_t n, size_t cols, float alpha) {
  if (alpha != 1 && alpha != 1.5f && alpha != 2)
    return entmax(rows, rows, nullptr, nullptr, &alpha, n, cols, 1, Rule::empty_zero);
  const auto map = alpha == 1 ? softmax : alpha == 2 ? sparsemax : entmax15;
  map(rows, rows, nullptr, nullptr, n, cols, 1, Rule::empty_zero);
}

// Of weights: they are at most 1 otherwise.
bool has_nan(const float* row, size_t n) {
  f32x4 zero = splat(0);
  each(n, [&](auto at, size_t i) { zero = madd(at.load(row + i), splat(0), zero); });
  return sum(zero) != 0;
}

struct Room {
  float *q, *s, *rows;
  Room(float* tmp, size_t dim) : q(tmp), s(q + dim * kPanel), rows(s + kKeys * kPanel) {}
};

// The rows of a panel, [n, cols]; cols is the keys of the call, and one for a sink.
void panel_rows(const Room& room, const Head& head, const Panel& panel, size_t cols, const float* q,
                int stage, float alpha) {
  const AttentionShape& shape = head.shape;
  const bool hides = stage >= Stage::stage_biased;
  const f32x4 none = splat(hides ? -infinity : 0);
  each(panel.n * cols, [=](auto at, size_t x) { at.store(room.rows + x, none); });
  panel_of(room.q, q + head.row(shape.q, panel.i), shape.q.row, panel.n, shape.dim);
  const float ones[kPanel] = {1, 1, 1, 1, 1, 1, 1, 1};
  for (size_t j = 0; j < head.sight.keys; j += kKeys) {
    const size_t left = head.sight.keys - j;
    const Span keys = hides ? panel.in_tile(j) : Span{j, j + (left < kKeys ? left : kKeys)};
    if (keys.first >= keys.end) continue;
    tile_scores(room.s, head, panel, room.q, keys, stage);
    rows_of(room.rows + keys.first, cols, panel.n, room.s, keys.end - keys.first, ones, false);
  }
  if (stage != Stage::stage_probabilities) return;
  if (cols > shape.keys) {
    for (size_t l = 0; l < panel.n; ++l) room.rows[l * cols + shape.keys] = head.mask.sinks[head.h];
  }
  weigh_rows(room.rows, panel.n, cols, alpha);
  for (size_t l = 0; l < panel.n; ++l) {
    float* const row = room.rows + l * cols;
    if (!has_nan(row, shape.keys)) continue;
    // A score that it sees made the row NaN; what it does not see has no weight all the same.
    for (size_t j = 0; j < shape.keys; ++j)
      row[j] = j < head.sight.keys && head.sight.sees(panel.i + l, j) ? not_a_number : 0;
  }
}

// The n largest weights of a row in falling order, and whose they are.
void largest_of(float* value, int32_t* which, size_t n, const float* row, size_t keys) {
  size_t found = 0;
  for (size_t j = 0; j < keys; ++j) {
    const float v = row[j];
    if (!(v > 0) || (found == n && v <= value[n - 1])) continue;
    size_t at = found < n ? found++ : n - 1;
    for (; at > 0 && value[at - 1] < v; --at) {
      value[at] = value[at - 1];
      which[at] = which[at - 1];
    }
    value[at] = v;
    which[at] = static_cast<int32_t>(j);
  }
  const float rest = has_nan(row, keys) ? not_a_number : 0;
  for (; found < n; ++found) {
    value[found] = rest;
    which[found] = -1;
  }
}

float entropy_of(const float* row, size_t keys) {
  double sum = 0;
  for (size_t j = 0; j < keys; ++j) {
    const double p = row[j];
    if (p != 0) sum -= p * log(p);
  }
  return static_cast<float>(sum);
}

// One query's row as it is wanted. r counts rows of [batch, heads, queries], m of [batch, queries].
void show(const AttentionView& view, const float* row, size_t keys, size_t r, size_t m) {
  if (view.w != nullptr) {
    float* const w = view.w + r * keys;
    each(keys, [=](auto at, size_t j) { at.store(w + j, at.load(row + j)); });
  }
  if (view.mean != nullptr) {
    float* const mean = view.mean + m * keys;
    each(keys,
         [=](auto at, size_t j) { at.store(mean + j, at.load(mean + j) + at.load(row + j)); });
  }
  if (view.largest != nullptr)
    largest_of(view.largest + r * view.n, view.which + r * view.n, view.n, row, keys);
  if (view.entropy != nullptr) view.entropy[r] = entropy_of(row, keys);
  if (view.peak != nullptr)
    view.peak[r] = has_nan(row, keys) ? not_a_number : keys == 0 ? 0 : peak(row, keys);
}

}  // namespace

void attention_weights(const AttentionView* view, const float* q, const float* k, float* tmp,
                       const AttentionShape* shape, const AttentionMask* mask) {
  const size_t batch = shape->batch, heads = shape->heads, queries = shape->queries,
               keys = shape->keys;
  const bool probabilities = view->stage == Stage::stage_probabilities;
  const size_t cols = keys + (probabilities && mask->sinks != nullptr);
  const Room room(tmp, shape->dim);
  const float absent = view->stage == Stage::stage_biased ? -infinity : 0;
  const size_t means = view->mean == nullptr ? 0 : batch * queries * keys;
  for (size_t x = 0; x < means; ++x) view->mean[x] = 0;
  for (size_t b = 0; b < batch; ++b) {
    for (size_t h = 0; h < heads; ++h) {
      const Head head(*shape, *mask, b, h, q, k, k);
      for (size_t i = 0; i < queries; i += kPanel) {
        const size_t left = i < head.sight.queries ? head.sight.queries - i : 0;
        const Panel panel(head, i, left < kPanel ? left : kPanel);
        if (panel.n > 0) panel_rows(room, head, panel, cols, q, view->stage, view->alpha);
        for (size_t x = panel.n * cols; x < kPanel * cols; ++x) room.rows[x] = absent;
        for (size_t l = 0; l < kPanel && i + l < queries; ++l) {
          const size_t r = (b * heads + h) * queries + i + l;
          show(*view, room.rows + l * cols, keys, r, b * queries + i + l);
        }
      }
    }
  }
  const f32x4 share = splat(static_cast<float>(heads));
  each(means, [=, mean = view->mean](auto at, size_t x) {
    at.store(mean + x, at.load(mean + x) / share);
  });
}

}  // namespace sm

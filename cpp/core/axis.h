// Where the rows of an array [outer, cols, inner] lie, one along cols for each outer and inner, and how they are taken.
#pragma once

#include "core/temperature.h"
#include "shapes.h"
#include "simd/row.h"

namespace sm {

// Rows up to kShort entries go kTileRows at a time, across: their sums over lanes would cost more than their exps.
constexpr size_t kShort = 64, kTileRows = 16;

struct Axis {
  size_t outer, cols, inner;
  size_t slice() const { return cols * inner; }
};

// Which entries of a call are kept: a mask shaped as the scores, or one row of it for all rows. None: all are.
struct Keep {
  const uint8_t* mask;
  Axis axis;
  bool shared;

  Keep(const uint8_t* mask, Axis axis, int rules) : mask(mask), axis(axis), shared(rules & Rule::shared_mask) {}

  // The bytes of the row of slice o that begins at entry j, and the step from one to the next.
  const uint8_t* row(size_t o, size_t j) const {
    return mask == nullptr ? nullptr : shared ? mask : mask + o * axis.slice() + j;
  }
  size_t step() const { return shared ? 1 : axis.inner; }

  // y = x where the entry is kept and -inf elsewhere, along slice o: a masked score is never read as a number.
  // Returns where the scores then are, which is x itself when nothing is masked.
  const float* apply(float* y, const float* x, size_t o) const {
    if (mask == nullptr) return x;
    const size_t n = shared && axis.inner > 1 ? 0 : axis.slice();
    const uint8_t* const keep = row(o, 0);
    each(n, [=](auto at, size_t i) { at.store(y + i, at.select_keep(keep + i, at.load(x + i), splat(-infinity))); });
    for (size_t i = n, c = 0; i < axis.slice(); i += axis.inner, ++c) {
      const bool kept = keep[c] != 0;
      map(y + i, axis.inner, [=](f32x4 v) { return kept ? v : splat(-infinity); }, x + i);
    }
    return y;
  }
  void apply_all(float* y, const float* x) const {
    for (size_t o = 0; o < axis.outer; ++o) apply(y + o * axis.slice(), x + o * axis.slice(), o);
  }
};

// The temperature of row r; t is null when it is 1 for all.
inline float temperature_of(const float* t, int rules, size_t r) {
  return t == nullptr ? 1 : t[rules & Rule::row_temperature ? r : 0];
}

// Rows of up to kShort entries become the columns of a tile, kTileRows apart, and back. A last row stands in for those
// that the last four lack, and a tile has room for the absent entries of a last part.
inline void to_tile(float* tile, const float* x, size_t rows, size_t cols) {
  for (size_t r = 0; r < rows; r += 4) {
    const float* row[4];
    for (size_t k = 0; k < 4; ++k) row[k] = x + (r + k < rows ? r + k : rows - 1) * cols;
    each(cols, [=](auto at, size_t i) {
      f32x4 a = at.load(row[0] + i), b = at.load(row[1] + i), c = at.load(row[2] + i), d = at.load(row[3] + i);
      transpose(a, b, c, d);
      float* const out = tile + i * kTileRows + r;
      store(out, a);
      store(out + kTileRows, b);
      store(out + 2 * kTileRows, c);
      store(out + 3 * kTileRows, d);
    });
  }
}
inline void from_tile(float* y, const float* tile, size_t rows, size_t cols) {
  for (size_t r = 0; r < rows; r += 4) {
    each(cols, [=](auto at, size_t i) {
      const float* const in = tile + i * kTileRows + r;
      f32x4 lanes[4] = {load(in), load(in + kTileRows), load(in + 2 * kTileRows), load(in + 3 * kTileRows)};
      transpose(lanes[0], lanes[1], lanes[2], lanes[3]);
      for (size_t k = 0; k < 4 && r + k < rows; ++k) at.store(y + (r + k) * cols + i, lanes[k]);
    });
  }
}

// The peaks of n columns; whether all are finite.
inline bool column_peaks(float* top, const float* x, size_t cols, size_t stride, size_t n) {
  if (stride == 1) {
    top[0] = peak(x, cols);
    return finite(top[0]);
  }
  for (size_t j = 0; j < n; ++j) top[j] = -infinity;
  for (size_t c = 0; c < cols; ++c) map(top, n, [](f32x4 m, f32x4 v) { return max(m, v); }, top, x + c * stride);
  bool all = true;
  for (size_t j = 0; j < n; ++j) all &= finite(top[j]);
  return all;
}

// Calls columns(r, y, x, cols, stride, n, t, top) on n columns whose answer is exp's, edge on the others.
template <class Columns, class Edge>
inline void map_columns(size_t r, float* y, const float* x, size_t cols, size_t stride, size_t n, const Temperature& t,
                        const uint8_t* keep, size_t keep_column, size_t keep_step, Columns columns, Edge edge) {
  float top[kColumns];
  if (column_peaks(top, x, cols, stride, n) && t.positive) return columns(r, y, x, cols, stride, n, t, top);
  for (size_t j = 0; j < n; ++j) {
    if (t.positive && finite(top[j])) {
      columns(r + j, y + j, x + j, cols, stride, 1, t, top + j);
    } else {
      edge(r + j, y + j, x + j, stride, keep ? keep + j * keep_column : nullptr, keep_step, cols, t.t);
    }
  }
}

// A map over the rows of x, r counted over [outer, inner]: row(r, y, x, cols, t, top) for a row on the last axis,
// columns(r, y, x, cols, stride, n, t, top) for n rows side by side, and edge(r, y, x, stride, keep, keep_step, cols, t)
// for a row that exp cannot answer. Which of them sees a row depends on its length and its own scores, never on its
// neighbours, so that its bits do not either.
template <class Row, class Columns, class Edge>
inline void map_rows(float* y, const float* x, const uint8_t* mask, const float* t, Axis axis, int rules, Row row,
                     Columns columns, Edge edge) {
  const auto [outer, cols, inner] = axis;
  if (cols == 0 || inner == 0) return;
  const Keep keep(mask, axis, rules);
  const bool many = rules & Rule::row_temperature;
  Temperature warm(outer == 0 ? 1 : temperature_of(t, 0, 0));

  if (inner == 1 && cols <= kShort && !many) {
    alignas(16) float tile[(kShort + 3) * kTileRows];
    for (size_t r = 0; r < outer; r += kTileRows) {
      const size_t n = outer - r < kTileRows ? outer - r : kTileRows;
      const float* scores = x + r * cols;
      for (size_t k = r; k < r + n && mask != nullptr; ++k) keep.apply(y + k * cols, x + k * cols, k);
      if (mask != nullptr) scores = y + r * cols;
      to_tile(tile, scores, n, cols);
      map_columns(r, tile, tile, cols, kTileRows, (n + 3) & ~size_t{3}, warm, keep.row(r, 0), keep.shared ? 0 : cols, 1,
                  columns, edge);
      from_tile(y + r * cols, tile, n, cols);
    }
    return;
  }
  for (size_t o = 0; o < outer; ++o, y += axis.slice(), x += axis.slice()) {
    const float* const scores = keep.apply(y, x, o);
    for (size_t j = 0, n = 0; j < inner; j += n) {
      const size_t r = o * inner + j;
      n = many || inner == 1 ? 1 : inner - j < kColumns ? inner - j : kColumns;
      if (many) warm = Temperature(t[r]);
      if (inner > 1) {
        map_columns(r, y + j, scores + j, cols, inner, n, warm, keep.row(o, j), !keep.shared, keep.step(), columns, edge);
      } else if (const float top = peak(scores, cols); finite(top) && warm.positive) {
        row(r, y, scores, cols, warm, top);
      } else {
        edge(r, y, scores, 1, keep.row(o, 0), 1, cols, warm.t);
      }
    }
  }
}

// 1/t in a gradient: at the temperatures 0 and inf a small change of the scores changes nothing.
inline float over(float t) { return t > 0 ? 1 / t : 0; }

// A gradient that needs one sum over its row: dx_i = f(y_i, dy_i, sum_j term(y_j, dy_j), 1/t). dx may be y or dy.
template <class Term, class F>
inline void vjp_rows(float* dx, const float* y, const float* dy, const float* t, Axis axis, int rules, Term term, F f) {
  const auto [outer, cols, inner] = axis;
  const auto inverse = [=](size_t r) { return over(temperature_of(t, rules, r)); };
  for (size_t o = 0; o < outer; ++o, dx += axis.slice(), y += axis.slice(), dy += axis.slice()) {
    if (inner == 1) {
      const f32x4 sum = splat(static_cast<float>(total(cols, term, y, dy))), per_t = splat(inverse(o));
      map(dx, cols, [=](f32x4 v, f32x4 g) { return f(v, g, sum, per_t); }, y, dy);
      continue;
    }
    for (size_t j = 0; j < inner; j += kColumns) {
      const size_t n = inner - j < kColumns ? inner - j : kColumns;
      float sum[kColumns], lost[kColumns], per_t[kColumns];
      for (size_t k = 0; k < n; ++k) sum[k] = lost[k] = 0, per_t[k] = inverse(o * inner + j + k);
      for (size_t i = j; i < axis.slice(); i += inner) {
        each(n, [&](auto at, size_t k) {
          Sum s{at.load(sum + k), at.load(lost + k)};
          s.add(term(at.load(y + i + k), at.load(dy + i + k)));
          at.store(sum + k, s.total);
          at.store(lost + k, s.lost);
        });
      }
      map(sum, n, [](f32x4 s, f32x4 l) { return s - l; }, sum, lost);
      for (size_t i = j; i < axis.slice(); i += inner) map(dx + i, n, f, y + i, dy + i, sum, per_t);
    }
  }
}

}  // namespace sm

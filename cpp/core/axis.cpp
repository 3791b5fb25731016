#include "core/axis.h"

namespace sm {

const float* Keep::apply(float* y, const float* x, size_t o) const {
  if (mask == nullptr) return x;
  const uint8_t* const keep = row(o, 0);
  const f32x4 masked = held(-infinity);
  if (!shared || axis.inner == 1) {
    each(axis.slice(), [=](auto at, size_t i) {
      at.store(y + i, at.select_keep(keep + i, at.load(x + i), masked));
    });
  } else {
    for (size_t i = 0; i < axis.slice(); ++i) y[i] = keep[i / axis.inner] ? x[i] : -infinity;
  }
  return y;
}

void Keep::apply_all(float* y, const float* x) const {
  for (size_t o = 0; o < axis.outer; ++o) apply(y + o * axis.slice(), x + o * axis.slice(), o);
}

bool column_peaks(float* top, const float* x, size_t cols, size_t stride, size_t n) {
  if (stride == 1) {
    top[0] = peak(x, cols);
    return finite(top[0]);
  }
  for (size_t j = 0; j < n; ++j) top[j] = -infinity;
  for (size_t c = 0; c < cols; ++c) {
    each(n, [=](auto at, size_t j) {
      at.store(top + j, max(at.load(top + j), at.load(x + c * stride + j)));
    });
  }
  bool all = true;
  for (size_t j = 0; j < n; ++j) all &= finite(top[j]);
  return all;
}

// n rows of up to kShort entries, one after the other, become the columns of a tile, and back. The
// last row stands in for those that the last four lack, and a tile has room for the absent entries
// of a last part. Peaks are found on the way.
static void to_tile(float* tile, float* top, const float* x, size_t n, size_t cols) {
  const f32x4 none = held(-infinity);
  for (size_t r = 0; r < n; r += 4) {
    const auto row = [=](size_t k) { return x + (r + k < n ? r + k : n - 1) * cols; };
    const float *const p = row(0), *const q = row(1), *const u = row(2), *const v = row(3);
    f32x4 peak = none;
    each(cols, [&](auto at, size_t i) {
      f32x4 a = at.load(p + i), b = at.load(q + i), c = at.load(u + i), d = at.load(v + i);
      transpose(a, b, c, d);
      float* const out = tile + i * kTile + r;
      store(out, a);
      store(out + kTile, b);
      store(out + 2 * kTile, c);
      store(out + 3 * kTile, d);
      peak = max(peak, a);
      if (i + 1 < cols) peak = max(peak, b);
      if (i + 2 < cols) peak = max(peak, c);
      if (i + 3 < cols) peak = max(peak, d);
    });
    store(top + r, peak);
  }
}
static void from_tile(float* y, const float* tile, size_t n, size_t cols) {
  for (size_t r = 0; r < n; r += 4) {
    each(cols, [=](auto at, size_t i) {
      const float* const in = tile + i * kTile + r;
      f32x4 a = load(in), b = load(in + kTile), c = load(in + 2 * kTile), d = load(in + 3 * kTile);
      transpose(a, b, c, d);
      float* const out = y + r * cols + i;
      at.store(out, a);
      if (r + 1 < n) at.store(out + cols, b);
      if (r + 2 < n) at.store(out + 2 * cols, c);
      if (r + 3 < n) at.store(out + 3 * cols, d);
    });
  }
}

// n columns, stride from one entry to the next, into a tile and back.
static void copy_columns(float* to, size_t to_stride, const float* from, size_t stride, size_t cols,
                         size_t n) {
  for (size_t c = 0; c < cols; ++c) {
    each(n, [=](auto at, size_t j) {
      at.store(to + c * to_stride + j, at.load(from + c * stride + j));
    });
  }
}

// The rows r … r + n - 1 of a tile, with their peaks. Lanes whose row exp cannot answer go along
// with a peak of 0, and are then replaced.
static void map_tile(const RowMap& map, size_t r, float* tile, float* top, size_t n,
                     const Temperature& t, const uint8_t* keep, size_t keep_column,
                     size_t keep_step) {
  const size_t cols = map.axis.cols;
  bool ordinary = t.positive;
  for (size_t j = 0; j < n; ++j) ordinary &= finite(top[j]);
  alignas(16) float scores[kShort * kTile];
  bool edges[kTile] = {};
  if (!ordinary) {
    copy_columns(scores, kTile, tile, kTile, cols, kTile);
    for (size_t j = 0; j < n; ++j) {
      edges[j] = !t.positive || !finite(top[j]);
      if (edges[j]) top[j] = 0;
    }
  }
  for (size_t j = 0; j < n; j += 4) map.lanes(map, r + j, tile + j, t, top + j);
  for (size_t j = 0; j < n && !ordinary; ++j) {
    if (!edges[j]) continue;
    map.edge(map, r + j, scores + j, scores + j, kTile, keep ? keep + j * keep_column : nullptr,
             keep_step, t.t);
    copy_columns(tile + j, kTile, scores + j, kTile, cols, 1);
  }
}

static void map_short_rows(const RowMap& map, const Keep& keep) {
  const auto [outer, cols, inner] = map.axis;
  const Temperature t = temperature_of(map.t, map.rules, 0);
  alignas(16) float tile[(kShort + 3) * kTile], top[kTile] = {};
  if (inner > 1) {
    for (float& lane : tile) lane = 0;  // a last block of columns leaves lanes as they are
    for (size_t o = 0; o < outer; ++o) {
      float* const y = map.y + o * map.axis.slice();
      const float* const x = keep.apply(y, map.x + o * map.axis.slice(), o);
      for (size_t j = 0; j < inner; j += kTile) {
        const size_t n = inner - j < kTile ? inner - j : kTile;
        copy_columns(tile, kTile, x + j, inner, cols, n);
        column_peaks(top, tile, cols, kTile, n);
        map_tile(map, o * inner + j, tile, top, n, t, keep.row(o, j), !keep.shared, keep.step());
        copy_columns(y + j, inner, tile, kTile, cols, n);
      }
    }
    return;
  }
  for (size_t r = 0; r < outer; r += kTile) {
    const size_t n = outer - r < kTile ? outer - r : kTile;
    const float* scores = map.x + r * cols;
    if (map.mask != nullptr) {
      for (size_t k = r; k < r + n; ++k) keep.apply(map.y + k * cols, map.x + k * cols, k);
      scores = map.y + r * cols;
    }
    to_tile(tile, top, scores, n, cols);
    map_tile(map, r, tile, top, n, t, keep.row(r, 0), keep.shared ? 0 : cols, 1);
    from_tile(map.y + r * cols, tile, n, cols);
  }
}

static void map_columns(const RowMap& map, size_t r, float* y, const float* x, size_t n,
                        const Temperature& t, const uint8_t* keep, size_t keep_column,
                        size_t keep_step) {
  const size_t stride = map.axis.inner;
  float top[kColumns];
  if (column_peaks(top, x, map.axis.cols, stride, n) && t.positive)
    return map.columns(map, r, y, x, stride, n, t, top);
  for (size_t j = 0; j < n; ++j) {
    if (t.positive && finite(top[j])) {
      map.columns(map, r + j, y + j, x + j, stride, 1, t, top + j);
    } else {
      map.edge(map, r + j, y + j, x + j, stride, keep ? keep + j * keep_column : nullptr, keep_step,
               t.t);
    }
  }
}

void map_rows(const RowMap& map) {
  const auto [outer, cols, inner] = map.axis;
  if (outer == 0 || cols == 0 || inner == 0) return;
  const Keep keep(map.mask, map.axis, map.rules);
  const bool many = map.rules & Rule::row_temperature;
  if (cols <= kShort && !many && map.lanes != nullptr) return map_short_rows(map, keep);

  Temperature t = temperature_of(map.t, map.rules, 0);
  for (size_t o = 0; o < outer; ++o) {
    float* const y = map.y + o * map.axis.slice();
    const float* const x = keep.apply(y, map.x + o * map.axis.slice(), o);
    for (size_t j = 0, n = 0; j < inner; j += n) {
      const size_t r = o * inner + j;
      n = many || inner == 1 ? 1 : inner - j < kColumns ? inner - j : kColumns;
      if (many) t = temperature_of(map.t, map.rules, r);
      if (inner > 1) {
        map_columns(map, r, y + j, x + j, n, t, keep.row(o, j), !keep.shared, keep.step());
      } else if (const float top = peak(x, cols); finite(top) && t.positive) {
        map.row(map, r, y, x, t, top);
      } else {
        map.edge(map, r, y, x, 1, keep.row(o, 0), 1, t.t);
      }
    }
  }
}

}  // namespace sm

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
  if (mask == nullptr) return;
  for (size_t o = 0; o < axis.outer; ++o) apply(y + o * axis.slice(), x + o * axis.slice(), o);
}

const float* padded_rows(float* room, const float* x, size_t cols, size_t n) {
  const size_t wide = padded(cols);
  if (wide == cols) return x;
  // Added to a row's last scores, it leaves them as they are and puts -inf after them.
  static constexpr float kAfter[] = {-0.0f, -0.0f, -0.0f, -infinity, -infinity, -infinity};
  const size_t rest = cols % 4;
  const f32x4 after = load(kAfter + 3 - rest);
  for (float* to = room; n > 0; --n) {
    for (const float* const end = to + (wide - 4); to < end; to += 4, x += 4) store(to, load(x));
    store(to, load_some(x, rest) + after);
    to += 4, x += rest;
  }
  return room;
}

// The peaks of n rows, whole vectors, one after the other; whether all are finite. top has room for
// three more.
static bool row_peaks(float* top, const float* x, size_t cols, size_t n) {
  f32x4 zero = splat(0);  // while all are finite
  for (size_t k = 0; k < n; k += 4) {
    // The last row stands in for those that the last four lack.
    const auto row = [=](size_t r) { return x + (k + r < n ? k + r : n - 1) * cols; };
    const float *p = row(0), *q = row(1), *u = row(2), *v = row(3);
    f32x4 a = load(p), b = load(q), c = load(u), d = load(v);
    for (size_t i = 4; i < cols; i += 4) {
      a = max(a, load(p + i));
      b = max(b, load(q + i));
      c = max(c, load(u + i));
      d = max(d, load(v + i));
    }
    transpose(a, b, c, d);
    const f32x4 peaks = max(max(a, c), max(b, d));
    store(top + k, peaks);
    zero = zero + (peaks - peaks);
  }
  return all_zero(zero);
}

void still_row(float* dx, const float* y, size_t cols) {
  for (size_t i = 0; i < cols; ++i) dx[i] = y[i] == y[i] ? 0 : y[i];
}

void raise(float* top, const float* x, size_t n) {
  map(
      top, n, [](f32x4 a, f32x4 b) { return max(a, b); }, top, x);
}

bool column_peaks(float* top, const float* x, size_t cols, size_t stride, size_t n) {
  if (stride == 1) {
    top[0] = peak(x, cols);
    return finite(top[0]);
  }
  for (size_t j = 0; j < n; ++j) top[j] = -infinity;
  for (size_t c = 0; c < cols; ++c) raise(top, x + c * stride, n);
  bool all = true;
  for (size_t j = 0; j < n; ++j) all &= finite(top[j]);
  return all;
}

bool bring_near(float* top, const float* x, size_t cols, size_t stride, size_t n,
                const Temperature& t) {
  float own[kTogether];
  const bool all = column_peaks(own, x, cols, stride, n);
  for (size_t j = 0; j < n; ++j) {
    if (!near(own[j], top[j], t)) top[j] = own[j];
  }
  return all;
}

static void map_columns(const RowMap& map, size_t r, float* y, const float* x, size_t n,
                        const Temperature& t, const uint8_t* keep, size_t keep_column,
                        size_t keep_step) {
  const size_t cols = map.axis.cols, stride = map.axis.inner, few = cols < 4 ? cols : 4;
  float top[kTogether];
  // A column is begun in the unit of the largest of its first entries, which saves a pass. Where
  // that is far below its peak, that column alone begins with the peak: what the others begin with,
  // and so their bits, stays.
  if (t.positive && column_peaks(top, x, few, stride, n) &&
      map.columns(map, r, y, x, stride, n, t, top))
    return;
  column_peaks(top, x, few, stride, n);
  if (t.positive && bring_near(top, x, cols, stride, n, t) &&
      map.columns(map, r, y, x, stride, n, t, top))
    return;
  for (size_t j = 0; j < n; ++j) {
    if (t.positive && finite(top[j])) {
      map.columns(map, r + j, y + j, x + j, stride, 1, t, top + j);
    } else {
      map.edge(map, r + j, y + j, x + j, stride, keep ? keep + j * keep_column : nullptr, keep_step,
               t.t);
    }
  }
}

// Row r of the last axis, longer than kShort.
static void map_row(const RowMap& map, const Keep& keep, size_t r, const Temperature& t) {
  float* const y = map.y + r * map.axis.cols;
  const float* const x = keep.apply(y, map.x + r * map.axis.cols, r);
  if (t.positive && map.row(map, r, y, x, t)) return;
  map.edge(map, r, y, x, 1, keep.row(r, 0), 1, t.t);
}

// Rows r … r + n - 1 of the last axis, short.
static void map_short(const RowMap& map, const Keep& keep, size_t r, size_t n,
                      const Temperature& t) {
  const size_t cols = map.axis.cols, step = padded(cols);
  float* const y = map.y + r * cols;
  const float* x = map.x + r * cols;
  if (map.mask != nullptr) {
    for (size_t k = 0; k < n; ++k) keep.apply(y + k * cols, x + k * cols, r + k);
    x = y;
  }
  float room[kBlock], top[kTogether + 3];
  x = padded_rows(room, x, cols, n);
  const bool all = n == 1 ? column_peaks(top, x, step, 1, 1) : row_peaks(top, x, step, n);
  if (all && t.positive) return map.rows(map, r, y, x, n, t, top);
  for (size_t k = 0; k < n; ++k, x += step) {
    if (t.positive && finite(top[k])) {
      map.rows(map, r + k, y + k * cols, x, 1, t, top + k);
    } else {
      map.edge(map, r + k, y + k * cols, x, 1, keep.row(r + k, 0), 1, t.t);
    }
  }
}

void map_rows(const RowMap& map) {
  const auto [outer, cols, inner] = map.axis;
  if (outer == 0 || cols == 0 || inner == 0) return;
  const Keep keep(map.mask, map.axis, map.rules);
  const bool many = map.rules & Rule::row_temperature;
  Temperature t = temperature_of(map.t, map.rules, 0);
  if (inner == 1) {
    const size_t together = cols > kShort || many ? 1 : kBlock / padded(cols);
    for (size_t r = 0, n = 0; r < outer; r += n) {
      n = outer - r < together ? outer - r : together;
      if (many) t = temperature_of(map.t, map.rules, r);
      if (cols > kShort) {
        map_row(map, keep, r, t);
      } else {
        map_short(map, keep, r, n, t);
      }
    }
    return;
  }
  for (size_t o = 0; o < outer; ++o) {
    float* const y = map.y + o * map.axis.slice();
    const float* const x = keep.apply(y, map.x + o * map.axis.slice(), o);
    for (size_t j = 0, n = 0; j < inner; j += n) {
      const size_t r = o * inner + j;
      n = many ? 1 : inner - j < kTogether ? inner - j : kTogether;
      if (many) t = temperature_of(map.t, map.rules, r);
      map_columns(map, r, y + j, x + j, n, t, keep.row(o, j), !keep.shared, keep.step());
    }
  }
}

}  // namespace sm

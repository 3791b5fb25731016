#include "core/running.h"

#include "core/exps.h"

namespace sm {

Running running_of_row(const float* x, size_t cols, const Temperature& t) {
  float top = glance(x);
  if (!finite(top)) top = peak(x, cols);
  while (finite(top)) {
    const Running row = RowExps(t, top).rest(x, cols);
    if (near(row.peak, top, t)) return row;
    top = row.peak;
  }
  return {top, 0};
}

void rest_of_rows(double* rest, const float* x, size_t cols, size_t n, const Temperature& t,
                  const float* top) {
  const Exps exps(t, top, n);
  float of_peak[kTogether];
  exps.column(of_peak, top, n);
  const size_t wide = padded(cols);
  Block block;
  exps.short_rows(block, x, wide, n);
  for (size_t k = 0; k < n; ++k) {
    Sum others;
    f32x4 largest = splat(0);
    add_smaller(
        others, largest, wide, [](const float* e) { return load(e); }, block.r + k * wide);
    rest[k] = rest_of(others, largest, of_peak[k]);
  }
}

bool rest_of_columns(double* rest, const float* x, size_t cols, size_t stride, size_t n,
                     const Temperature& t, float* top) {
  const Exps exps(t, top, n);
  ColumnSums others(n);
  float of_peak[kTogether], e[kTogether], largest[kTogether];
  for (size_t j = 0; j < n; ++j) largest[j] = 0;
  for (size_t c = 0; c < cols; ++c, x += stride) {
    raise(top, x, n);
    exps.column(e, x, n);
    // as add_smaller
    each(n, [&](auto at, size_t j) {
      const f32x4 v = at.load(e + j), before = at.load(largest + j);
      at.store(e + j, min(v, before));
      at.store(largest + j, max(before, v));
    });
    others.add(e);
  }
  exps.column(of_peak, top, n);
  for (size_t j = 0; j < n; ++j)
    rest[j] = (others.value(j) + (static_cast<double>(largest[j]) - of_peak[j])) / of_peak[j];
  return exps.near(top, n);
}

// A row that exp cannot answer, stepping by stride: no candidate, NaN or +inf in it, temperature 0
// or infinite.
static Running edge_running(const float* x, size_t cols, size_t stride, float t) {
  float top = -infinity;
  for (size_t c = 0; c < cols; ++c) {
    const float v = x[c * stride];
    if (v != v) return {not_a_number, not_a_number};
    if (v > top) top = v;
  }
  if (top == -infinity) return {};
  // Beside +inf and at temperature 0 only the largest count; at an infinite one whatever is above
  // -inf does.
  const float least = t > 0 && top < infinity ? -__FLT_MAX__ : top;
  double counted = 0;
  for (size_t c = 0; c < cols; ++c) counted += x[c * stride] >= least;
  return {top, counted - 1};
}

// map_rows knows which rows go together. What they come to goes to the sink, and y is not written.
struct ReducedRows : RowMap {
  Reduction to;
};

static void tell(const RowMap& map, size_t r, size_t n, const float* peak, const double* rest,
                 float t) {
  const Reduction& to = static_cast<const ReducedRows&>(map).to;
  to.sink(to, r, n, peak, rest, t);
}

static bool reduce_row(const RowMap& map, size_t r, float*, const float* x, const Temperature& t) {
  const Running row = running_of_row(x, map.axis.cols, t);
  if (finite(row.peak)) tell(map, r, 1, &row.peak, &row.rest, t.t);
  return finite(row.peak);
}

static void reduce_short(const RowMap& map, size_t r, float*, const float* x, size_t n,
                         const Temperature& t, const float* top) {
  double rest[kTogether];
  rest_of_rows(rest, x, map.axis.cols, n, t, top);
  tell(map, r, n, top, rest, t.t);
}

static bool reduce_columns(const RowMap& map, size_t r, float*, const float* x, size_t stride,
                           size_t n, const Temperature& t, float* top) {
  double rest[kTogether];
  if (!rest_of_columns(rest, x, map.axis.cols, stride, n, t, top)) return false;
  tell(map, r, n, top, rest, t.t);
  return true;
}

static void reduce_edge(const RowMap& map, size_t r, float*, const float* x, size_t stride,
                        const uint8_t*, size_t, float t) {
  const Running row = edge_running(x, map.axis.cols, stride, t);
  tell(map, r, 1, &row.peak, &row.rest, t);
}

void reduce_rows(const Reduction& to, float* x, const float* t, Axis axis, int rules) {
  const ReducedRows map{{.y = x,
                         .x = x,
                         .mask = nullptr,
                         .t = t,
                         .axis = axis,
                         .rules = rules,
                         .row = reduce_row,
                         .rows = reduce_short,
                         .columns = reduce_columns,
                         .edge = reduce_edge},
                        to};
  if (axis.cols > 0) return map_rows(map);
  const Running empty;
  for (size_t r = 0; r < axis.outer * axis.inner; ++r)
    to.sink(to, r, 1, &empty.peak, &empty.rest, 1);
}

}  // namespace sm

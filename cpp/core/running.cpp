#include "core/running.h"

#include "core/exps.h"

namespace sm {

Running running_of_row(const float* x, size_t cols, const Temperature& t) {
  float top = glance(x);
  if (!finite(top)) top = peak(x, cols);
  while (finite(top)) {
    const RowExps::Found row = RowExps(t, top).rest(x, cols);
    if (near(row.peak, top, t)) return {row.peak, row.sum};
    top = row.peak;
  }
  return {top, 0};
}

void rest_of_rows(double* rest, const float* x, size_t cols, size_t n, const Temperature& t,
                  const float* top) {
  const Exps exps(t, top, n);
  float of_peak[kBlock];
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

void rest_of_columns(double* rest, const float* x, size_t cols, size_t stride, size_t n,
                     const Temperature& t, const float* top) {
  const Exps exps(t, top, n);
  ColumnSums others(n);
  float of_peak[kBlock], e[kBlock];
  exps.column(of_peak, top, n);
  for (size_t j = 0; j < n; ++j) rest[j] = -1;
  for (size_t c = 0; c < cols; ++c, x += stride) {
    exps.column(e, x, n);
    for (size_t j = 0; j < n; ++j) {
      if (e[j] != of_peak[j]) continue;
      rest[j] += 1;
      e[j] = 0;
    }
    others.add(e);
  }
  for (size_t j = 0; j < n; ++j) rest[j] += others.value(j) / of_peak[j];
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

void reduce_rows(const Reduction& to, const float* x, const float* t, Axis axis, int rules) {
  const size_t cols = axis.cols, inner = axis.inner, rows = axis.outer * inner;
  const bool many = rules & Rule::row_temperature, last = inner == 1;
  const bool together = last && cols > 0 && cols <= kShort, alone = last && cols > kShort;
  // Rows taken at once lie one after the other on the last axis, side by side on any other.
  const size_t most = many || cols == 0 ? 1 : !last ? kBlock : together ? kBlock / padded(cols) : 1;
  const size_t step = !last ? 1 : together ? padded(cols) : cols;
  if (rows == 0) return;
  Temperature warm = temperature_of(t, rules, 0);
  for (size_t r = 0, n = 0; r < rows; r += n) {
    const size_t left = last ? rows - r : inner - r % inner;
    const float* first = x + (last ? r * cols : r / inner * axis.slice() + r % inner);
    n = left < most ? left : most;
    if (many) warm = temperature_of(t, rules, r);
    float room[kBlock], top[kBlock + 3];
    double rest[kBlock];
    if (alone && warm.positive) {
      const Running row = running_of_row(first, cols, warm);
      top[0] = row.peak;
      rest[0] = row.rest;
    } else if (together) {
      first = padded_rows(room, first, cols, n);
      row_peaks(top, first, step, n);
    } else {
      column_peaks(top, first, cols, inner, n);
    }
    const auto find_rests = [&](size_t k, size_t count) {
      if (alone) return;
      if (together) return rest_of_rows(rest + k, first + k * step, cols, count, warm, top + k);
      rest_of_columns(rest + k, first + k, cols, inner, count, warm, top + k);
    };
    bool ordinary = warm.positive;
    for (size_t k = 0; k < n; ++k) ordinary &= finite(top[k]);
    if (ordinary) find_rests(0, n);
    for (size_t k = 0; k < n; ++k) {
      if (!ordinary && warm.positive && finite(top[k])) {
        find_rests(k, 1);
      } else if (!ordinary) {
        const Running row = edge_running(first + k * step, cols, inner, warm.t);
        top[k] = row.peak;
        rest[k] = row.rest;
      }
      to.sink(to, r + k, {top[k], rest[k]}, warm.t);
    }
  }
}

}  // namespace sm

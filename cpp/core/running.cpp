#include "core/running.h"

#include "core/exps.h"

namespace sm {

void rest_of_rows(double* rest, const float* x, size_t cols, size_t n, const Temperature& t,
                  const float* top, Ahead& ahead) {
  const Exps exps(t, top, n);
  float of_peak[kBlock];
  exps.column(of_peak, top, n);
  if (cols > kShort) {
    rest[0] = exps.rest(x, cols, 0, of_peak[0], ahead);
    return;
  }
  const size_t wide = padded(cols);
  Block block;
  exps.short_rows(block, x, wide, n);
  for (size_t k = 0; k < n; ++k) {
    Rest row(of_peak[k]);
    row.add(
        wide, [](auto, const float* e) { return load(e); }, block.r + k * wide);
    rest[k] = row.value();
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
  const bool together = last && cols > 0 && cols <= kShort;
  // Rows taken at once lie one after the other on the last axis, side by side on any other.
  const size_t most = many || cols == 0 ? 1 : !last ? kBlock : together ? kBlock / padded(cols) : 1;
  const size_t step = !last ? 1 : together ? padded(cols) : cols;
  if (rows == 0) return;
  Temperature warm = temperature_of(t, rules, 0);
  Ahead ahead;
  for (size_t r = 0, n = 0; r < rows; r += n) {
    const size_t left = last ? rows - r : inner - r % inner;
    const float* first = x + (last ? r * cols : r / inner * axis.slice() + r % inner);
    n = left < most ? left : most;
    if (many) warm = temperature_of(t, rules, r);
    float room[kBlock], top[kBlock + 3];
    double rest[kBlock];
    if (together) {
      first = padded_rows(room, first, cols, n);
      row_peaks(top, first, step, n);
    } else if (ahead.peak == ahead.peak) {
      top[0] = ahead.peak;
    } else {
      column_peaks(top, first, cols, inner, n);
    }
    ahead = {.x = last && !together && r + 1 < rows ? first + cols : nullptr};
    const auto find_rests = [&](size_t k, size_t count) {
      if (last) return rest_of_rows(rest + k, first + k * step, cols, count, warm, top + k, ahead);
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

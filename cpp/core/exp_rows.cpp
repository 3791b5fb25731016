#include "core/exp_rows.h"

#include "core/exps.h"

namespace sm {

// What the exps of row r, which is row k of exps, are multiplied by.
static float scale_of(const RowMap& map, size_t r, double sum, const Exps& exps, size_t k) {
  if (map.peak == nullptr) return static_cast<float>(1 / sum);
  if (map.peak[r] == infinity && !(map.rules & Rule::infinite_limit)) return not_a_number;
  return static_cast<float>(exp(exps.log_unit(k) - map.peak[r]) / map.total[r]);
}

// The sum of a short row, lane by lane.
static Sum short_sum(const float* e, size_t cols) {
  Sum sum;
  for (; cols >= 16; cols -= 16, e += 16) {
    sum.add((load(e) + load(e + 4)) + (load(e + 8) + load(e + 12)));
  }
  if (cols > 0) {
    f32x4 rest = load(e);
    while (cols -= 4) rest = rest + load(e += 4);
    sum.add(rest);
  }
  return sum;
}

// As scale_of, for n short rows. Without a state the sums of four rows are folded together.
static void short_scales(float* scale, const RowMap& map, size_t r, const float* e, size_t cols,
                         size_t n, const Exps& exps) {
  for (size_t k = 0; k < n && map.peak != nullptr; ++k) scale[k] = scale_of(map, r + k, 0, exps, k);
  for (size_t k = 0; k < n && map.peak == nullptr; k += 4) {
    // The last row stands in for those that the last four lack.
    const auto row = [=](size_t i) {
      return short_sum(e + (k + i < n ? k + i : n - 1) * cols, cols);
    };
    Sum a = row(0), b = row(1), c = row(2), d = row(3);
    transpose(a.total, b.total, c.total, d.total);
    Sum sum{a.total};
    if (cols > 16) {  // up to there a row's sum was one addition, which loses nothing
      transpose(a.lost, b.lost, c.lost, d.lost);
      sum.lost = (a.lost + b.lost) + (c.lost + d.lost);
    }
    sum.add(b.total);
    sum.add(c.total);
    sum.add(d.total);
    store(scale + k, reciprocal(sum.total, sum.lost));
  }
}

// y = e scale for a row of a block, which goes on after its last entry.
static void put_short_row(float* y, const float* e, size_t cols, float scale) {
  if (cols < 4) {
    for (size_t i = 0; i < cols; ++i) y[i] = e[i] * scale;
    return;
  }
  const f32x4 s = splat(scale);
  const size_t whole = cols & ~size_t{3};
  for (size_t i = 0; i < whole; i += 4) store(y + i, load(e + i) * s);
  // the last four, some of them once more
  if (whole < cols) store(y + cols - 4, load(e + cols - 4) * s);
}

void exp_rows(const RowMap& map, size_t r, float* y, const float* x, size_t n, const Temperature& t,
              const float* top, Ahead& ahead) {
  const size_t cols = map.axis.cols, wide = padded(cols);
  const Exps exps(t, top, n);
  if (cols > kShort) {
    const f32x4 scale = splat(scale_of(map, r, exps.row(y, x, cols, 0, ahead), exps, 0));
    sm::map(
        y, cols, [=](f32x4 e) { return e * scale; }, y);
    return;
  }
  Block block;
  float scale[kBlock / 4 + 3];
  exps.short_rows(block, x, wide, n);
  short_scales(scale, map, r, block.r, wide, n, exps);
  for (size_t k = 0; k < n; ++k) put_short_row(y + k * cols, block.r + k * wide, cols, scale[k]);
}

void exp_columns(const RowMap& map, size_t r, float* y, const float* x, size_t stride, size_t n,
                 const Temperature& t, const float* top) {
  const Exps exps(t, top, n);
  ColumnSums sums(n);
  for (size_t c = 0; c < map.axis.cols; ++c) {
    exps.column(y + c * stride, x + c * stride, n);
    sums.add(y + c * stride);
  }
  float scale[kBlock];
  for (size_t j = 0; j < n; ++j) scale[j] = scale_of(map, r + j, sums.value(j), exps, j);
  for (size_t c = 0; c < map.axis.cols; ++c, y += stride) {
    sm::map(
        y, n, [](f32x4 e, f32x4 s) { return e * s; }, y, static_cast<const float*>(scale));
  }
}

}  // namespace sm

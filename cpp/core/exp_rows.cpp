#include "core/exp_rows.h"

namespace sm {

double peak_over(float peak, float t) {
  if (!finite(peak) || t == 1) return peak;
  return peak == 0 || !finite(t) ? 0 : static_cast<double>(peak) / t;
}

// What the exps of row r, in units of 2^unit, are multiplied by.
static float scale_of(const RowMap& map, size_t r, double sum, const Temperature& t, float top) {
  if (map.peak == nullptr) return static_cast<float>(1 / sum);
  if (map.peak[r] == infinity && !(map.rules & Rule::infinite_limit)) return not_a_number;
  const Reference row(t, splat(top));
  return static_cast<float>(
      exp(lane<0>(row.unit) * kLn2 + peak_over(lane<0>(row.shift), t.t) - map.peak[r]) /
      map.total[r]);
}

void exp_row(const RowMap& map, size_t r, float* y, const float* x, const Temperature& t,
             float top) {
  const size_t cols = map.axis.cols;
  const double sum = with_exp(t, splat(top), [=](auto exp) { return map_total(y, cols, exp, x); });
  const f32x4 scale = splat(scale_of(map, r, sum, t, top));
  sm::map(
      y, cols, [=](f32x4 e) { return e * scale; }, y);
}

void exp_columns(const RowMap& map, size_t r, float* y, const float* x, size_t stride, size_t n,
                 const Temperature& t, const float* top) {
  ColumnExps exps(t, top, n);
  const size_t end = map.axis.cols * stride;
  for (size_t i = 0; i < end; i += stride) {
    exps.add(n, [=](auto at, size_t j, auto exp) {
      const f32x4 e = exp(at.load(x + i + j));
      at.store(y + i + j, e);
      return e;
    });
  }
  float scale[kColumns];
  for (size_t j = 0; j < n; ++j) scale[j] = scale_of(map, r + j, exps.sum(j), t, top[j]);
  for (size_t i = 0; i < end; i += stride) {
    each(n,
         [&](auto at, size_t j) { at.store(y + i + j, at.load(y + i + j) * at.load(scale + j)); });
  }
}

void exp_lanes(const RowMap& map, size_t r, float* tile, const Temperature& t, const float* top) {
  const size_t cols = map.axis.cols;
  const Sum sum = with_exp(t, load(top), [=](auto exp) {
    return sums(4 * cols,
                [=](auto, size_t i) {  // a vector of the tile for each vector of a row: i is 4 c
                  float* const p = tile + i / 4 * kTile;
                  const f32x4 e = exp(load(p));
                  store(p, e);
                  return e;
                });
  });
  float totals[4], lost[4], scales[4];
  store(totals, sum.total);
  store(lost, sum.lost);
  for (size_t j = 0; j < 4; ++j) {
    const size_t last =
        map.axis.outer * map.axis.inner - 1;  // it fills the lanes that a last tile has too many
    const size_t row = r + j < last ? r + j : last;
    scales[j] = scale_of(map, row, static_cast<double>(totals[j]) - lost[j], t, top[j]);
  }
  const f32x4 scale = load(scales);
  for (size_t i = 0; i < cols * kTile; i += kTile) store(tile + i, load(tile + i) * scale);
}

}  // namespace sm

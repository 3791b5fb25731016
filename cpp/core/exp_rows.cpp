#include "core/exp_rows.h"

#include "core/exps.h"

namespace sm {

// What exps are multiplied by that belong to the state of row r.
static float state_scale(const RowMap& map, size_t r, double log_unit) {
  if (map.peak[r] == infinity && !(map.rules & Rule::infinite_limit)) return not_a_number;
  return static_cast<float>(exp(log_unit - map.peak[r]) / map.total[r]);
}

// The sum of a short row, lane by lane. Inlined, as is put_short_row: calls for each row of many
// would cost a twentieth of their time.
[[gnu::always_inline]] static f32x4 short_sum(const float* e, size_t cols) {
  const auto sixteen = [](const float* p) {
    return (load(p) + load(p + 4)) + (load(p + 8) + load(p + 12));
  };
  Sum sum;
  if (cols >= 16) {
    sum.total = sixteen(e);
    for (cols -= 16, e += 16; cols >= 16; cols -= 16, e += 16) sum.add(sixteen(e));
  }
  if (cols > 0) {
    f32x4 rest = load(e);
    while (cols -= 4) rest = rest + load(e += 4);
    sum.add(rest);
  }
  return sum.lanes();
}

// What n short rows are multiplied by. Without a state the sums of four rows are folded together.
static void short_scales(float* scale, const RowMap& map, size_t r, const float* e, size_t cols,
                         size_t n, const Exps& exps) {
  for (size_t k = 0; k < n && map.peak != nullptr; ++k)
    scale[k] = state_scale(map, r + k, exps.log_unit(k));
  for (size_t k = 0; k < n && map.peak == nullptr; k += 4) {
    // The last row stands in for those that the last four lack.
    const auto row = [=](size_t i) {
      return short_sum(e + (k + i < n ? k + i : n - 1) * cols, cols);
    };
    f32x4 a = row(0), b = row(1), c = row(2), d = row(3);
    transpose(a, b, c, d);
    store(scale + k, reciprocal(a, c, b, d));  // in the order of Sum::value, for exp_short_row
  }
}

// y = e scale for a row of a block, which goes on after its last entry.
[[gnu::always_inline]] static void put_short_row(float* y, const float* e, size_t cols,
                                                 float scale) {
  const f32x4 s = splat(scale);
  for (; cols >= 4; cols -= 4, e += 4, y += 4) store(y, load(e) * s);
  if (cols > 0) store_some(y, load(e) * s, cols);
}

bool exp_row(const RowMap& map, size_t r, float* y, const float* x, const Temperature& t) {
  const size_t cols = map.axis.cols;
  const bool state = map.peak != nullptr;
  float top = glance(x);
  // In place a row cannot begin anew, and the scale of a state needs the range.
  if (state || y == x || !finite(top)) {
    const float own = peak(x, cols);
    if (state || !near(own, top, t)) top = own;
  }
  while (finite(top)) {
    const RowExps exps(t, top);
    const RowExps::Found row = exps.row(y, x, cols);
    if (near(row.peak, top, t)) {
      const f32x4 scale =
          splat(state ? state_scale(map, r, exps.log_unit()) : static_cast<float>(1 / row.sum));
      sm::map(
          y, cols, [=](f32x4 e) { return e * scale; }, y);
      return true;
    }
    top = row.peak;
  }
  return false;
}

// exp_rows of one row, without what is kept of each of many.
static void exp_short_row(const RowMap& map, size_t r, float* y, const float* x,
                          const Temperature& t, float top) {
  const size_t cols = map.axis.cols, wide = padded(cols);
  const RowExps exps(t, top);
  float e[kShort];
  exps.row(e, x, wide);
  const Sum sum{short_sum(e, wide)};
  put_short_row(
      y, e, cols,
      map.peak ? state_scale(map, r, exps.log_unit()) : static_cast<float>(1 / sum.value()));
}

void exp_rows(const RowMap& map, size_t r, float* y, const float* x, size_t n, const Temperature& t,
              const float* top) {
  const size_t cols = map.axis.cols, wide = padded(cols);
  if (n == 1) return exp_short_row(map, r, y, x, t, top[0]);
  const Exps exps(t, top, n);
  Block block;
  float scale[kTogether + 3];
  exps.short_rows(block, x, wide, n);
  short_scales(scale, map, r, block.r, wide, n, exps);
  for (size_t k = 0; k < n; ++k) put_short_row(y + k * cols, block.r + k * wide, cols, scale[k]);
}

void exp_columns(const RowMap& map, size_t r, float* y, const float* x, size_t stride, size_t n,
                 const Temperature& t, const float* top) {
  const Exps exps(t, top, n);
  ColumnSums sums(n);
  const size_t cols = map.axis.cols;
  for (size_t c = 0; c < cols; ++c) {
    exps.column(y + c * stride, x + c * stride, n);
    // Four entries to a compensated addition, as add() has it: the error stays a few 2⁻²⁴.
    if (c % 4 == 3 || c + 1 == cols) sums.add(y + (c & ~size_t{3}) * stride, stride, c % 4 + 1);
  }
  float scale[kTogether];
  for (size_t j = 0; j < n; ++j) {
    scale[j] = map.peak ? state_scale(map, r + j, exps.log_unit(j))
                        : static_cast<float>(1 / sums.value(j));
  }
  for (size_t c = 0; c < cols; ++c, y += stride) {
    sm::map(
        y, n, [](f32x4 e, f32x4 s) { return e * s; }, y, static_cast<const float*>(scale));
  }
}

}  // namespace sm

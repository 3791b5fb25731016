#include "core/exp_rows.h"

#include "core/exps.h"

namespace sm {

// Equal exps get 1 / cols each, and a single one 1: times 1 / sum they may be off by one and a half
// units in the last place.
[[gnu::noinline]] static void even_out(float* y, size_t cols, size_t stride) {
  for (size_t c = 1; c < cols; ++c) {
    if (y[c * stride] != y[0]) return;
  }
  const auto share = static_cast<float>(1 / static_cast<double>(cols));
  for (size_t c = 0; c < cols; ++c) y[c * stride] = share;
}

// What exps are multiplied by that belong to the state of row r.
static float state_scale(const RowMap& map, size_t r, double log_unit) {
  if (map.peak[r] == infinity && !(map.rules & Rule::infinite_limit)) return not_a_number;
  return static_cast<float>(exp(log_unit - map.peak[r]) / map.total[r]);
}

// The total and the lost of each short row. short_scales takes four at once, so there is room for
// three more.
using RowSums = float[8 * (kTogether + 3)];

// The second step for n short rows, their exps left in block.r. They are summed beside it, as its
// multiplications leave the adders idle, each after the next has begun.
static void sum_short_rows(RowSums sums, Block& block, size_t cols, size_t n) {
  const Series series;
  float* e = block.r;
  const auto next = [=, &e] {
    const f32x4 v = series(Block::get(e));
    store(e, v);
    e += 4;
    return v;
  };
  for (size_t k = 0; k < n; ++k, sums += 8) {
    const float* const end = e + cols;
    Sum sum{next()};
    if (e < end) {
      f32x4 last = next();
      while (e < end) {
        const f32x4 v = next();
        sum.add_unsettled(last);
        last = v;
      }
      sum.add_unsettled(last);
    }
    store(sums, sum.total);
    store(sums + 4, sum.lost);
  }
  // in the room, where no two lanes are to be equal
  for (size_t i = 0; i < 24; ++i) sums[i] = static_cast<float>(i);
}

// What n short rows are multiplied by, four at once. Whether some of them may be equal scores: two
// lanes that hold as many of these have the same sum.
static bool short_scales(float* scale, const RowMap& map, size_t r, const RowSums sums, size_t n,
                         const Exps& exps) {
  for (size_t k = 0; k < n && map.peak != nullptr; ++k)
    scale[k] = state_scale(map, r + k, exps.log_unit(k));
  const f64x4 one = held_wide(1);
  const f32x4 zero = splat(0);
  f32x4 equal = zero;
  for (size_t k = 0; k < n && map.peak == nullptr; k += 4, sums += 32) {
    Sum a{load(sums), load(sums + 4)}, b{load(sums + 8), load(sums + 12)},
        c{load(sums + 16), load(sums + 20)}, d{load(sums + 24), load(sums + 28)};
    transpose(a.total, b.total, c.total, d.total);
    transpose(a.lost, b.lost, c.lost, d.lost);
    // in the order of Sum::value, for exp_short_row
    const f32x4 lost = (a.lost + c.lost) + (b.lost + d.lost);
    const f64x4 total =
        (wide(a.total) + wide(c.total)) + (wide(b.total) + wide(d.total)) - wide(lost);
    const f32x4 scales = narrow(one / total);
    store(scale + k, scales);
    equal = equal + select_eq(b.total, map.axis.cols % 4 == 1 ? c.total : a.total, scales, zero);
  }
  return !all_zero(equal);
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
    const RowExps::Summed row = exps.row(y, x, cols);
    if (near(row.peak, top, t)) {
      const f32x4 scale = splat(state ? state_scale(map, r, exps.log_unit())
                                      : static_cast<float>(1 / row.sum.value()));
      sm::map(
          y, cols, [=](f32x4 e) { return e * scale; }, y);
      if (!state) even_out(y, cols, 1);
      return true;
    }
    top = row.peak;
  }
  return false;
}

// y = e scale for a row of a block, which goes on after its last entry.
static void put_short_row(float* y, const float* e, size_t cols, float scale) {
  const f32x4 s = splat(scale);
  for (; cols >= 16; cols -= 16, e += 16, y += 16) {
    store(y, load(e) * s);
    store(y + 4, load(e + 4) * s);
    store(y + 8, load(e + 8) * s);
    store(y + 12, load(e + 12) * s);
  }
  for (; cols >= 4; cols -= 4, e += 4, y += 4) store(y, load(e) * s);
  if (cols > 0) store_some(y, load(e) * s, cols);
}

// The exps of one short row and what they are multiplied by, without what is kept of each of many.
static float exp_short_row(const RowMap& map, size_t r, float* e, const float* x, size_t cols,
                           const Temperature& t, float top) {
  const RowExps exps(t, top);
  const Sum sum = exps.row(e, x, cols).sum;
  return map.peak ? state_scale(map, r, exps.log_unit()) : static_cast<float>(1 / sum.value());
}

// The same for many, and whether some of them may be equal scores.
static bool exp_short_rows(const RowMap& map, size_t r, Block& block, float* scale, const float* x,
                           size_t cols, size_t n, const Temperature& t, const float* top) {
  const Exps exps(t, top, n);
  RowSums sums;
  exps.reduce(block, x, cols, n);
  sum_short_rows(sums, block, cols, n);
  return short_scales(scale, map, r, sums, n, exps);
}

void exp_rows(const RowMap& map, size_t r, float* y, const float* x, size_t n, const Temperature& t,
              const float* top) {
  const size_t cols = map.axis.cols, wide = padded(cols);
  Block block;
  float scale[kTogether + 3];
  bool equal = map.peak == nullptr;
  if (n == 1) {
    scale[0] = exp_short_row(map, r, block.r, x, wide, t, top[0]);
  } else {
    equal = exp_short_rows(map, r, block, scale, x, wide, n, t, top);
  }
  for (size_t k = 0; k < n; ++k) put_short_row(y + k * cols, block.r + k * wide, cols, scale[k]);
  for (size_t k = 0; k < n && equal; ++k) even_out(y + k * cols, cols, 1);
}

bool exp_columns(const RowMap& map, size_t r, float* y, const float* x, size_t stride, size_t n,
                 const Temperature& t, float* top) {
  const size_t cols = map.axis.cols;
  // as in exp_row
  if (map.peak != nullptr) {
    if (!column_peaks(top, x, cols, stride, n)) return false;
  } else if (y == x) {
    if (!bring_near(top, x, cols, stride, n, t)) return false;
  }
  const Exps exps(t, top, n);
  ColumnSums sums(n);
  for (size_t c = 0; c < cols; ++c) {
    raise(top, x + c * stride, n);
    exps.column(y + c * stride, x + c * stride, n);
    // Four entries at once, so that the sums are loaded once for them.
    if (c % 4 == 3 || c + 1 == cols) sums.add(y + (c & ~size_t{3}) * stride, stride, c % 4 + 1);
  }
  if (!exps.near(top, n)) return false;
  float scale[kTogether];
  for (size_t j = 0; j < n; ++j) {
    scale[j] = map.peak ? state_scale(map, r + j, exps.log_unit(j))
                        : static_cast<float>(1 / sums.value(j));
  }
  // From the last entry to the first: so far apart they leave the cache soon, and the last were
  // written just now.
  for (size_t c = cols; c-- > 0;) {
    float* const e = y + c * stride;
    map_long(
        e, n, [](f32x4 v, f32x4 s) { return v * s; }, e, static_cast<const float*>(scale));
  }
  for (size_t j = 0; j < n && map.peak == nullptr; ++j) {
    if (cols == 1 || y[j] == y[stride + j]) even_out(y + j, cols, stride);
  }
  return true;
}

}  // namespace sm

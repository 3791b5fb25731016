#include "core/exps.h"

namespace sm {

Exps::Exps(const Temperature& t, const float* peak, size_t n) : t_(t) {
  plain_ = t.t == 1;
  each(n, [&](auto at, size_t k) {
    const Reference rows(t, at.load(peak + k));
    store(shift_ + k, rows.shift);  // whole: there is room for lanes that no row has
    store(unit_ + k, rows.unit);
    store(rounder_ + k, rows.rounder);
    store(lowest_ + k, rows.lowest);
    plain_ &= all_zero(rows.shift);
  });
}

double Exps::log_unit(size_t k) const { return unit_[k] * kLn2 + peak_over(shift_[k], t_.t); }

f32x4 Exps::reduce(Block& block, const float* x, size_t n, size_t k, const float* other,
                   f32x4 peaks) const {
  const Reduce reduced(t_.exp);
  const f32x4 rounder = splat(rounder_[k]), lowest = splat(lowest_[k]);
  if (plain_) {
    walk(
        n,
        [=, &peaks](auto at, float* r, const float* from, const float* beside) {
          Block::put(r, reduced(at.load(from), rounder, lowest));
          peaks = at.larger(peaks, beside);
        },
        block.r, x, other);
    return peaks;
  }
  const f32x4 shift = splat(shift_[k]), scale = splat(t_.scale), inverse = splat(t_.exp.inverse);
  walk(
      n,
      [=, &peaks](auto at, float* r, const float* from, const float* beside) {
        const Reduced v = reduced((at.load(from) - shift) * scale, rounder, lowest);
        Block::put(r, {v.r * inverse, v.power});
        peaks = at.larger(peaks, beside);
      },
      block.r, x, other);
  return peaks;
}

template <class Second>
void Exps::blocks(const float* x, size_t cols, size_t k, Ahead& ahead, Second second) const {
  const float* other = ahead.x != nullptr ? ahead.x : x;
  f32x4 peaks = splat(-infinity);
  Block block;
  for (size_t n; cols > 0; cols -= n, x += n, other += n) {
    n = cols < kBlock ? cols : kBlock;
    peaks = reduce(block, x, n, k, other, peaks);
    second(n, block.r);
  }
  if (ahead.x != nullptr) ahead.peak = sm::peak(peaks);
}

double Exps::row(float* e, const float* x, size_t cols, size_t k, Ahead& ahead) const {
  const Series series;
  Sum sum;
  blocks(x, cols, k, ahead, [&](size_t n, const float* r) {
    add(
        sum, n,
        [=](auto at, float* to, const float* r) {
          const f32x4 v = series(Block::get(r));
          at.store(to, v);
          return v;
        },
        e, r);
    e += n;
  });
  return sum.value();
}

// The second step, in place.
static void sum_series(Block& block, size_t n) {
  const Series series;
  walk(
      n, [=](auto, float* r) { store(r, series(Block::get(r))); }, block.r);
}

void Exps::short_rows(Block& block, const float* x, size_t cols, size_t n) const {
  const Reduce reduced(t_.exp);
  const f32x4 scale = splat(t_.scale), inverse = splat(t_.exp.inverse);
  float* r = block.r;
  for (size_t k = 0; k < n; ++k) {
    const f32x4 shift = splat(shift_[k]), rounder = splat(rounder_[k]), lowest = splat(lowest_[k]);
    const float* const end = x + cols;
    if (plain_) {
      for (; x < end; x += 4, r += 4) Block::put(r, reduced(load(x), rounder, lowest));
    }
    for (; x < end; x += 4, r += 4) {
      const Reduced v = reduced((load(x) - shift) * scale, rounder, lowest);
      Block::put(r, {v.r * inverse, v.power});
    }
  }
  sum_series(block, n * cols);
}

void Exps::column(float* e, const float* x, size_t n) const {
  const Reduce reduced(t_.exp);
  const Series series;
  const f32x4 scale = splat(t_.scale), inverse = splat(t_.exp.inverse);
  Block block;
  walk(
      n,
      [=](auto at, float* r, const float* from, const float* shift, const float* rounder,
          const float* lowest) {
        const f32x4 z = (at.load(from) - at.load(shift)) * scale;
        const Reduced v = reduced(z, at.load(rounder), at.load(lowest));
        Block::put(r, {v.r * inverse, v.power});
      },
      block.r, x, shift_, rounder_, lowest_);
  walk(
      n, [=](auto at, float* to, const float* r) { at.store(to, series(Block::get(r))); }, e,
      block.r);
}

ColumnSums::ColumnSums(size_t n) : n_(n) {
  for (size_t j = 0; j < n; ++j) total_[j] = lost_[j] = 0;
}

void ColumnSums::add(const float* e) {
  walk(
      n_,
      [](auto at, float* total, float* lost, const float* v) {
        Sum sum{at.load(total), at.load(lost)};
        sum.add(at.load(v));
        at.store(total, sum.total);
        at.store(lost, sum.lost);
      },
      total_, lost_, e);
}

double Exps::rest(const float* x, size_t cols, size_t k, float top, Ahead& ahead) const {
  const Series series;
  Rest rest(top);
  blocks(x, cols, k, ahead, [&](size_t n, const float* r) {
    rest.add(
        n, [=](auto, const float* r) { return series(Block::get(r)); }, r);
  });
  return rest.value();
}

}  // namespace sm

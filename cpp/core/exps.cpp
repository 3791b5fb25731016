#include "core/exps.h"

namespace sm {

f32x4 RowExps::reduce(Block& block, const float* x, size_t n, f32x4 peaks) const {
  const Reduce reduced(t_.exp);
  const f32x4 rounder = at_.rounder, lowest = at_.lowest;
  if (plain_) {
    walk(
        n,
        [=, &peaks](auto at, float* r, const float* from) {
          peaks = at.larger(peaks, from);
          Block::put(r, reduced(at.load(from), rounder, lowest));
        },
        block.r, x);
    return peaks;
  }
  const f32x4 shift = at_.shift, scale = splat(t_.scale), inverse = splat(t_.exp.inverse);
  each(n, [=, &peaks, r = block.r](auto at, size_t i) {
    peaks = at.larger(peaks, x + i);
    const Reduced v = reduced((at.load(x + i) - shift) * scale, rounder, lowest);
    Block::put(r + i, {v.r * inverse, v.power});
  });
  return peaks;
}

f32x4 RowExps::operator()(f32x4 x) const {
  const f32x4 z = (x - at_.shift) * splat(t_.scale);
  const Reduced v = Reduce(t_.exp)(z, at_.rounder, at_.lowest);
  return Series()({v.r * splat(t_.exp.inverse), v.power});
}

RowExps::Summed RowExps::row(float* e, const float* x, size_t cols) const {
  const Series series;
  Sum sum;
  f32x4 peaks = splat(-infinity);
  Block block;
  for (size_t n; cols > 0; cols -= n, x += n, e += n) {
    n = cols < kBlock ? cols : kBlock;
    peaks = reduce(block, x, n, peaks);
    sum.settle();
    f32x4 last = splat(0);
    walk(
        n,
        [=, &sum, &last](auto at, float* to, const float* r) {
          const f32x4 v = series(Block::get(r));
          at.store(to, v);
          const f32x4 present = at.present(v);
          // Fused, the adders are idle: each is added when the series of the next has begun.
          sum.add_unsettled(kFused ? last : present);
          last = present;
        },
        e, static_cast<const float*>(block.r));
    if (kFused) sum.add_unsettled(last);
  }
  return {peak(peaks), sum};
}

Running RowExps::rest(const float* x, size_t cols) const {
  const Series series;
  Sum others;
  f32x4 peaks = splat(-infinity), largest = splat(0);
  Block block;
  for (size_t n; cols > 0; cols -= n, x += n) {
    n = cols < kBlock ? cols : kBlock;
    peaks = reduce(block, x, n, peaks);
    add_smaller(
        others, largest, n, [=](const float* r) { return series(Block::get(r)); }, block.r);
  }
  const float top = peak(peaks);
  return {top, rest_of(others, largest, lane<0>((*this)(splat(top))))};
}

Exps::Exps(const Temperature& t, const float* top, size_t n) : t_(t) {
  f32x4 moved = splat(0);
  each(n, [&](auto at, size_t k) {
    const f32x4 begun = at.load(top + k);
    const Reference rows(t, begun);
    store(top_ + k, begun);  // whole: there is room for lanes that no row has
    store(shift_ + k, rows.shift);
    store(unit_ + k, rows.unit);
    store(rounder_ + k, rows.rounder);
    store(lowest_ + k, rows.lowest);
    moved = moved + rows.shift * rows.shift;
  });
  plain_ = t.t == 1 && all_zero(moved);
}

// The second step for n scores of a block.
static void second_step(float* e, const Block& block, size_t n) {
  const Series series;
  walk(
      n, [=](auto at, float* to, const float* r) { at.store(to, series(Block::get(r))); }, e,
      static_cast<const float*>(block.r));
}

void Exps::reduce(Block& block, const float* x, size_t cols, size_t n) const {
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
}

void Exps::short_rows(Block& block, const float* x, size_t cols, size_t n) const {
  reduce(block, x, cols, n);
  second_step(block.r, block, n * cols);
}

void Exps::column(float* e, const float* x, size_t n) const {
  const Reduce reduced(t_.exp);
  const f32x4 scale = splat(t_.scale), inverse = splat(t_.exp.inverse);
  Block block;
  if (plain_) {
    walk(
        n,
        [=](auto at, float* r, const float* from, const float* rounder, const float* lowest) {
          Block::put(r, reduced(at.load(from), at.load(rounder), at.load(lowest)));
        },
        block.r, x, rounder_, lowest_);
  } else {
    each(n, [=, this, r = block.r](auto at, size_t j) {
      const f32x4 z = (at.load(x + j) - at.load(shift_ + j)) * scale;
      const Reduced v = reduced(z, at.load(rounder_ + j), at.load(lowest_ + j));
      Block::put(r + j, {v.r * inverse, v.power});
    });
  }
  second_step(e, block, n);
}

bool Exps::near(const float* peak, size_t n) const {
  bool all = true;
  for (size_t j = 0; j < n; ++j) all &= sm::near(peak[j], top_[j], t_);
  return all;
}

ColumnSums::ColumnSums(size_t n) : n_(n) {
  for (size_t j = 0; j < n; ++j) total_[j] = lost_[j] = 0;
}

void ColumnSums::add(const float* e, size_t stride, size_t some) {
  each(n_, [=, this](auto at, size_t j) {
    Sum sum{at.load(total_ + j), at.load(lost_ + j)};
    for (size_t i = 0; i < some; ++i) sum.add(at.load(e + i * stride + j));
    at.store(total_ + j, sum.total);
    at.store(lost_ + j, sum.lost);
  });
}

}  // namespace sm

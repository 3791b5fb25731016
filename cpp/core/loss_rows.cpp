#include "core/loss_rows.h"

#include "core/exps.h"

namespace sm {

double rows_counted(const int32_t* target, size_t rows) {
  double counted = 0;
  for (size_t r = 0; r < rows; ++r) counted += target == nullptr || target[r] >= 0;
  return counted;
}

double weights_counted(const float* weight, const int32_t* target, size_t rows) {
  if (weight == nullptr) return rows_counted(target, rows);
  double sum = 0;
  for (size_t r = 0; r < rows; ++r) sum += target[r] >= 0 ? weight[target[r]] : 0;
  return sum;
}

double mean_gap(const LossRow& row, const Odds& odds, const Temperature& t) {
  const f32x4 top = splat(row.top), none = held(0);
  const double sum = total(
      row.cols, [=](f32x4 e, f32x4 x) { return select_eq(e, none, none, e * (top - x)); }, row.exps,
      row.x);
  return sum / (odds.total() * t.t);
}

void log_probabilities(float* y, const LossRow& row, const Odds& odds, const Temperature& t) {
  const f32x4 top = splat(row.top), per_t = splat(1 / t.t),
              level = splat(static_cast<float>(odds.surprise));
  map(
      y, row.cols, [=](f32x4 x) { return (x - top) * per_t - level; }, row.x);
}

size_t first_peak(const float* x, float top) {
  size_t i = 0;
  while (x[i] != top) ++i;
  return i;
}

Odds odds_of(float* e, const LossRow& row, size_t k, const Temperature& t) {
  const float* const x = row.x;
  const float own = x[k];
  const double gap = (static_cast<double>(own) - row.top) / t.t;
  const RowExps exps(t, row.top);
  Odds odds{0, 0, 0, 0};
  if (row.cols <= kShort) {  // a tail costs as much as the row: one of them, and a plain sum
    exps.row(e, x, row.cols);
    for (size_t i = 0; i < row.cols; ++i) odds.others += i == k ? 0 : e[i];
  } else {
    odds.others = all_but(k, row.cols, [&](size_t from, size_t n) {
      return exps.row(e + from, x + from, n).sum.value();
    });
  }
  e[k] = lane<0>(exps(splat(own)));
  odds.peak = lane<0>(exps(splat(row.top)));
  odds.own = gap == 0 ? odds.peak : odds.peak * exp(gap);
  // Under e⁻⁶⁰⁰ own is nothing beside the others.
  odds.surprise = gap > -600 ? log1p(odds.others / odds.own) : log(odds.others / odds.peak) - gap;
  return odds;
}

void scale_but_one(float* y, const float* e, size_t cols, size_t k, double scale, double own) {
  const f32x4 times = splat(static_cast<float>(scale));
  map(
      y, cols, [=](f32x4 v) { return v * times; }, e);
  y[k] = static_cast<float>(own);
}

// The value of a row that exp cannot answer. Its gradient is 0 where nothing was a candidate, else
// NaN.
static double edge(const Loss& loss, const LossRow& row, float* y) {
  bool nothing = loss.mask != nullptr;
  for (size_t c = 0; c < row.cols; ++c) nothing &= row.x[c] == -infinity;
  for (size_t c = 0; c < row.cols && row.gradient; ++c) y[c] = nothing ? 0 : not_a_number;
  return nothing ? loss.empty : not_a_number;
}

// A row where row functions can have it, and back.
class Placed {
 public:
  Placed(const Loss& loss, size_t r, double g)
      : axis_(loss.axis), apart_(loss.mask != nullptr || axis_.inner > 1) {
    const size_t o = r / axis_.inner, j = r % axis_.inner, at = o * axis_.slice() + j;
    const Keep keep(loss.mask, axis_, loss.rules);
    const float* const x = loss.x + at;
    dx_ = loss.dx == nullptr ? nullptr : loss.dx + at;
    float* const tmp = loss.tmp;
    row = {r,
           axis_.cols,
           x,
           dx_,
           tmp + axis_.cols,
           tmp + 2 * axis_.cols,
           keep.row(o, j),
           keep.step(),
           0,
           dx_ != nullptr,
           g};
    if (apart_) {
      for (size_t c = 0; c < axis_.cols; ++c) tmp[c] = row.kept(c) ? x[c * axis_.inner] : -infinity;
      row.x = tmp;
    }
    if (apart_ || dx_ == nullptr) row.y = tmp;
    row.top = peak(row.x, row.cols);
  }
  // Masked entries have no gradient.
  void put_back() const {
    if (!apart_ || dx_ == nullptr) return;
    for (size_t c = 0; c < axis_.cols; ++c) dx_[c * axis_.inner] = row.kept(c) ? row.y[c] : 0;
  }
  void put_zeros() const {
    for (size_t c = 0; c < axis_.cols && dx_ != nullptr; ++c) dx_[c * axis_.inner] = 0;
  }

  LossRow row;

 private:
  Axis axis_;
  bool apart_;
  float* dx_;
};

void loss_rows(const Loss& loss) {
  const int rules = loss.rules;
  const bool mean = rules & LossRule::mean_of_rows, one = mean || rules & LossRule::sum_of_rows;
  const double share = !mean ? 1 : loss.divisor > 0 ? 1 / loss.divisor : 0;
  double sum = 0;
  for (size_t r = 0; r < loss.rows(); ++r) {
    const double g = loss.dloss == nullptr ? 1 : loss.dloss[one ? 0 : r];
    double value = 0;
    const bool counts = loss.target == nullptr || loss.target[r] >= 0;
    const Placed placed(loss, r, g * share);
    if (!counts) {
      placed.put_zeros();
    } else if (finite(placed.row.top)) {
      value = loss.row(loss, placed.row);
      placed.put_back();
    } else {
      value = edge(loss, placed.row, placed.row.y);
      placed.put_back();
    }
    if (one) {
      sum += value;
    } else if (loss.loss != nullptr) {
      loss.loss[r] = static_cast<float>(value);
    }
  }
  if (one && loss.loss != nullptr) {
    const bool nothing = mean && !(loss.divisor > 0);
    *loss.loss = static_cast<float>(!nothing                      ? sum * share
                                    : rules & LossRule::zero_mean ? 0
                                                                  : not_a_number);
  }
}

}  // namespace sm

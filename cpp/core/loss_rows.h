// Rows of scores that come to one number each, and the gradient of that number.
#pragma once

#include "core/axis.h"

namespace sm {

// A row of a loss as its function sees it: contiguous, -inf where it is masked, its peak finite.
struct LossRow {
  size_t r, cols;
  const float* x;
  float* y;             // receives the gradient; may be x
  float* exps;          // scratch [cols], never x
  float* more;          // scratch [cols] for each row of tmp beyond the second
  const uint8_t* keep;  // the mask of this row, or null
  size_t keep_step;
  float top;
  bool gradient;  // whether one is asked for
  double g;       // what arrives at the value of this row

  bool kept(size_t c) const { return keep == nullptr || keep[c * keep_step] != 0; }
};

// A loss, as ops call loss_rows. Where dx is null only values are made, where loss is null only
// gradients.
struct Loss {
  float *loss, *dx;
  const float* x;
  const int32_t* target;  // class of each row, -1 where the row does not count; or null: all do
  const uint8_t* mask;
  const float* dloss;  // what arrives: one for each loss, or null for 1
  float* tmp;          // [2 or more, cols]
  Axis axis;
  int rules;
  const Temperature& t;

  double divisor;  // of a mean
  float empty;     // the value of a row whose every entry is masked or -inf, where there is a mask
  // the value of a row, and its gradient times g where that is asked for
  double (*row)(const Loss&, const LossRow&);

  size_t rows() const { return axis.outer * axis.inner; }
};

// The temperature of all rows.
inline Temperature temperature_of(float t) {
  return t == 1 ? sm::temperature_of(nullptr, 0, 0) : Temperature(t);
}

// Rows on another axis go through tmp one by one, and masked ones too: the bits of a row do not
// depend on where it lies. Edge rows are as losses.h has them.
void loss_rows(const Loss& loss);

// The number of rows whose target counts, and the sum of the weights of their targets.
double rows_counted(const int32_t* target, size_t rows);
double weights_counted(const float* weight, const int32_t* target, size_t rows);

// The exps of a row, seen from its entry k: others = sum over i != k of exp(x_i / t), own = exp(x_k
// / t) in the same unit, peak = exp(top / t) in it too. What others loses beside own is not lost.
struct Odds {
  double others, own, peak;
  double surprise;  // log((own + others) / own) = -log p_k: exact to the last bits, however small

  double total() const { return others + own; }
  // log sum exp((x - top)/t)
  double log_total() const { return log1p(((own - peak) + others) / peak); }
  double log_sum_exp(const LossRow& row, const Temperature& t) const {
    return static_cast<double>(row.top) / t.t + log_total();
  }
};

// Stores the exps at e, which may be x.
Odds odds_of(float* e, const LossRow& row, size_t k, const Temperature& t);

// y_i = e_i scale, y_k = own: the gradient of a function of p_k.
void scale_but_one(float* y, const float* e, size_t cols, size_t k, double scale, double own);

// The mean of (top - x_i)/t under the probabilities of the row, whose exps are in row.exps.
double mean_gap(const LossRow& row, const Odds& odds, const Temperature& t);

// y_i = log p_i; odds from a largest entry. y may be row.x.
void log_probabilities(float* y, const LossRow& row, const Odds& odds, const Temperature& t);

// The first of the largest entries.
size_t first_peak(const float* x, float top);

// sum of term(i, …) over a row without entry k; partial(from, n) sums n entries.
template <class Partial>
inline double all_but(size_t k, size_t cols, Partial partial) {
  double sum = 0;
  for (size_t from = 0, end = k; from <= cols; from = end + 1, end = cols)
    sum += partial(from, end - from);
  return sum;
}

}  // namespace sm

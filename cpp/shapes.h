// Sizes and rules that cross the boundary.
#pragma once

namespace sm {

// What a row function does where the formula is silent; the values of one call are added up. 0 is
// the default of all.
enum Rule : int {
  empty_zero = 1,      // a row without a candidate: probabilities 0, and not NaN
  empty_uniform = 2,   // … or equal shares of its kept entries, of all entries when none is kept
  infinite_limit = 4,  // a row with entries +inf: they share the mass, and the row is not NaN
  tie_split = 8,       // at temperature 0 equal largest scores share; without it the first wins
  row_temperature = 16,  // one temperature for each row, and not one for all
  shared_mask = 32,      // one mask of cols bytes for all rows
  row_alpha = 64,        // one alpha for each row, and not one for all
  hard = 128,            // all to the largest, as at temperature 0
};

// Which formula gelu follows.
enum Gelu : int {
  erf_form = 0,   // the exact one
  tanh_form = 1,  // the approximation that models are also trained with
};

// What a loss makes of its rows, added to the Rules of a call.
enum LossRule : int {
  mean_of_rows = 1 << 16,   // one number, their mean, and not one for each row
  sum_of_rows = 1 << 17,    // … or their sum
  zero_mean = 1 << 18,      // a mean of nothing is 0, and not NaN
  target_scores = 1 << 19,  // targets are scores, of which the softmax counts
  reverse_divergence =
      1 << 20,  // of the scores from the targets, and not of the targets from the scores
};

}  // namespace sm

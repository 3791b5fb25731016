// Softmax states as the textbook has them, in double.
#pragma once

#include "oracle/maps.h"

namespace oracle {

struct State {
  double peak, total;
};

// The state of a row, of which both numbers are infinite or NaN where they must be.
inline State softmax_state(const Row& row) {
  const double top = largest(row);
  if (has_nan(row)) return {NAN, NAN};
  if (top == -INFINITY) return {-INFINITY, 0};
  if (top == INFINITY) {
    double n = 0;
    for (size_t i = 0; i < row.size(); ++i) n += row.keep[i] && row.x[i] == top;
    return {INFINITY, n};
  }
  return {top / row.t, std::exp(log_total(gaps(row)))};
}

}  // namespace oracle

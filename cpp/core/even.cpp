#include "core/even.h"

namespace sm {

void even_row(float* y, const float* x, size_t stride, const uint8_t* keep, size_t keep_step,
              size_t cols, float t, int rules, bool logs) {
  float top = -infinity;
  bool nan = false, any_kept = false;
  for (size_t c = 0; c < cols; ++c) {
    const float v = x[c * stride];
    nan |= v != v;
    any_kept |= keep != nullptr && keep[c * keep_step] != 0;
    if (v > top) top = v;
  }
  const bool empty = top == -infinity, nobody = empty && (rules & Rule::empty_zero);
  nan |= empty && !(rules & (Rule::empty_zero | Rule::empty_uniform));
  nan |= top == infinity && !(rules & Rule::infinite_limit);

  const bool largest = top == infinity || t == 0;
  const auto shares = [&](size_t c) {
    if (nobody) return false;
    if (empty) return !any_kept || keep[c * keep_step] != 0;
    return largest ? x[c * stride] == top : x[c * stride] > -infinity;
  };
  size_t sharing = 0;
  for (size_t c = 0; c < cols; ++c) sharing += shares(c);
  if (t == 0 && !empty && top < infinity && !(rules & Rule::tie_split)) sharing = 1;

  const auto n = static_cast<double>(sharing);
  const auto on = static_cast<float>(logs ? 0 - log(n) : 1 / n);
  const float off = logs ? -infinity : 0;
  for (size_t c = 0; c < cols; ++c) {
    const bool in = sharing > 0 && shares(c);
    sharing -= in;
    y[c * stride] = nan ? not_a_number : in ? on : off;
  }
}

}  // namespace sm

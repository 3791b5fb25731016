#include "core/sixteens.h"

namespace sm {

const float* Sixteens::gather(float* copy, size_t i) const {
  for (size_t k = 0; k < 16; ++k) copy[k] = i + k < cols ? x[(i + k) * stride] : absent;
  return copy;
}

void Sixteens::scatter(float* y, const float* some, size_t i) const {
  for (size_t k = 0; k < 16 && i + k < cols; ++k) y[(i + k) * stride] = some[k];
}

}  // namespace sm

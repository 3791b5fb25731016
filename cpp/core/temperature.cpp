#include "core/temperature.h"

namespace sm {

Temperature temperature_of(const float* t, int rules, size_t r) {
  static constexpr Temperature one(1);
  return t == nullptr ? one : Temperature(temperature_at(t, rules, r));
}

[[gnu::noinline]] Reference::Reference(const Temperature& t, f32x4 top) {
  const f32x4 limit = splat(1024 * t.t), none = splat(0);
  shift = select_lt(limit, top, top, select_lt(top, none - limit, top, none));
  unit = t.exp.unit((top - shift) * splat(t.scale));
  rounder = Exp::rounder(unit);
  lowest = t.exp.lowest(unit);
}

double peak_over(float peak, float t) {
  if (!finite(peak) || t == 1) return peak;
  return peak == 0 || !finite(t) ? 0 : static_cast<double>(peak) / t;
}

}  // namespace sm

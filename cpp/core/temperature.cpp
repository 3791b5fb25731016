#include "core/temperature.h"

namespace sm {

static float scale_of(float t) {
  if (!(t > 0 && finite(t)) || (t >= 0.25f && t <= 4)) return 1;
  const int n = static_cast<int>(__builtin_bit_cast(uint32_t, t) >> 23) - 127;
  return static_cast<float>(power_of_two(n > 126 ? -126 : n < -126 ? 126 : -n));
}

Temperature::Temperature(float asked)
    : t(asked > 0 && asked < 0x1p-126f ? 0x1p-126f : asked),
      scale(scale_of(t)),
      positive(t > 0 && finite(t)),
      exp(positive ? static_cast<double>(t) * scale : 1) {}

Temperature temperature_of(const float* t, int rules, size_t r) {
  static const Temperature one(1);
  return t == nullptr ? one : Temperature(temperature_at(t, rules, r));
}

[[gnu::noinline]] Reference::Reference(const Temperature& t, f32x4 peak) {
  const f32x4 limit = splat(1024 * t.t), none = splat(0);
  shift = select_lt(limit, peak, peak, select_lt(peak, none - limit, peak, none));
  unit = t.exp.unit((peak - shift) * splat(t.scale));
  rounder = Exp::rounder(unit);
  lowest = t.exp.lowest(unit);
}

double peak_over(float peak, float t) {
  if (!finite(peak) || t == 1) return peak;
  return peak == 0 || !finite(t) ? 0 : static_cast<double>(peak) / t;
}

}  // namespace sm

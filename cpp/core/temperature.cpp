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

ColumnExps::ColumnExps(const Temperature& t, const float* top, size_t n)
    : exp_(t.exp), scale_(splat(t.scale)) {
  each(n, [&](auto at, size_t j) {
    const Reference rows(t, at.load(top + j));
    at.store(shift_ + j, rows.shift);
    at.store(rounder_ + j, rows.rounder);
    at.store(lowest_ + j, rows.lowest);
    at.store(sum_ + j, splat(0));
    at.store(lost_ + j, splat(0));
  });
}

float ColumnExps::of(float x, size_t j) const {
  return lane<0>(exp_(splat(x - shift_[j]) * scale_, splat(rounder_[j]), splat(lowest_[j])));
}

}  // namespace sm

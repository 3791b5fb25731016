#include "support/near.h"

#include <cstring>

double ulp(double v) {
  v = std::fabs(v);
  if (!std::isfinite(v)) return 1;
  return v < 0x1p-126 ? 0x1p-149 : std::ldexp(1, std::ilogb(v) - 23);
}

static double distance(float got, double exact, double unit) {
  if (std::isnan(exact)) return std::isnan(got) ? 0 : INFINITY;
  const bool zero = exact == 0 && unit < 1e-30;  // with a larger unit 0 is a number like others
  if (std::isinf(exact) || zero) return got == exact ? 0 : INFINITY;
  // What is beyond the largest float is rounded to infinity.
  if (std::isinf(static_cast<float>(exact))) return got == static_cast<float>(exact) ? 0 : INFINITY;
  return std::isfinite(got) ? std::fabs(got - exact) / unit : INFINITY;
}

void Errors::add(float got, double exact, double unit, const std::string& name, size_t i) {
  const double error = distance(got, exact, unit);
  sum_ += error;
  ++count_;
  if (!(error <= max)) {
    max = error;
    where = name + ": entry " + std::to_string(i) + " is " + spell(got) + ", exactly " +
            spell(exact) + ", off by " + spell(error);
  }
}

uint32_t bits_of(float v) {
  uint32_t bits;
  std::memcpy(&bits, &v, 4);
  return std::isnan(v) ? 0x7FC00000 : bits;
}

std::vector<uint32_t> bits_of(const std::vector<float>& values) {
  std::vector<uint32_t> bits;
  for (const float v : values) bits.push_back(bits_of(v));
  return bits;
}

bool SameBits::match(const std::vector<float>& got) const {
  if (got.size() != expected_.size()) {
    difference_ = "has " + std::to_string(expected_.size()) + " values";
    return false;
  }
  for (size_t i = 0; i < got.size(); ++i) {
    if (bits_of(got[i]) == bits_of(expected_[i])) continue;
    difference_ = "has the same bits, but [" + std::to_string(i) + "] is " + spell(got[i]) +
                  " and not " + spell(expected_[i]);
    return false;
  }
  return true;
}

void Hash::add(const std::vector<float>& values) {
  for (const uint32_t bits : bits_of(values)) {
    for (int shift = 0; shift < 32; shift += 8)
      value_ = (value_ ^ ((bits >> shift) & 0xFF)) * 0x100000001B3;
  }
}

// How far results are from exact values; same bits; hashes of bits.
#pragma once

#include <catch2/catch.hpp>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "support/rows.h"

constexpr double kU = 0x1p-24;  // half the distance of floats after 1: what one rounding loses

// The distance of floats at v; 1 where there is none.
inline double ulp(double v) {
  v = std::fabs(v);
  if (!std::isfinite(v)) return 1;
  return v < 0x1p-126 ? 0x1p-149 : std::ldexp(1, std::ilogb(v) - 23);
}

// The distance of floats at a probability. Those under 2⁻¹²⁶ may be flushed: 4 of these are then an
// error of 2⁻¹²⁶.
inline double probability_ulp(double p) { return p < 0x1p-126 ? 0x1p-128 : ulp(p); }

// Collects errors, in units that depend on what is compared. Results must be infinite, NaN or 0
// where the exact ones are.
class Errors {
 public:
  double max = 0;
  std::string where = "nothing was off";

  // unit(i) is the unit of entry i.
  template <class Unit>
  void add(const std::vector<float>& got, const std::vector<double>& exact, Unit unit,
           const std::string& name) {
    REQUIRE(got.size() == exact.size());
    for (size_t i = 0; i < got.size(); ++i) add(got[i], exact[i], unit(i), name, i);
  }
  void add(float got, double exact, double unit, const std::string& name, size_t i = 0) {
    const double error = distance(got, exact, unit);
    sum_ += error;
    ++count_;
    if (!(error <= max)) {
      max = error;
      where = name + ": entry " + std::to_string(i) + " is " + spell(got) + ", exactly " +
              spell(exact) + ", off by " + spell(error);
    }
  }
  double mean() const { return sum_ / static_cast<double>(count_); }

 private:
  double sum_ = 0;
  size_t count_ = 0;

  static double distance(float got, double exact, double unit) {
    if (std::isnan(exact)) return std::isnan(got) ? 0 : INFINITY;
    const bool zero = exact == 0 && unit < 1e-30;  // with a larger unit 0 is a number like others
    if (std::isinf(exact) || zero) return got == exact ? 0 : INFINITY;
    // What is beyond the largest float is rounded to infinity.
    if (std::isinf(static_cast<float>(exact)))
      return got == static_cast<float>(exact) ? 0 : INFINITY;
    return std::isfinite(got) ? std::fabs(got - exact) / unit : INFINITY;
  }
};

// The bits of v, the same for all NaN: engines may choose those.
inline uint32_t bits_of(float v) {
  uint32_t bits;
  std::memcpy(&bits, &v, 4);
  return std::isnan(v) ? 0x7FC00000 : bits;
}

inline std::vector<uint32_t> bits_of(const std::vector<float>& values) {
  std::vector<uint32_t> bits;
  for (const float v : values) bits.push_back(bits_of(v));
  return bits;
}

class SameBits : public Catch::MatcherBase<std::vector<float>> {
 public:
  explicit SameBits(std::vector<float> expected) : expected_(std::move(expected)) {}
  bool match(const std::vector<float>& got) const override {
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
  std::string describe() const override { return difference_; }

 private:
  std::vector<float> expected_;
  mutable std::string difference_ = "has the same bits";
};

// FNV-1a over bits (Fowler, Noll and Vo 1991).
class Hash {
 public:
  void add(const std::vector<float>& values) {
    for (const uint32_t bits : bits_of(values)) {
      for (int shift = 0; shift < 32; shift += 8)
        value_ = (value_ ^ ((bits >> shift) & 0xFF)) * 0x100000001B3;
    }
  }
  uint64_t value() const { return value_; }

 private:
  uint64_t value_ = 0xCBF29CE484222325;
};

// How far results are from exact values; same bits; hashes of bits.
#pragma once

#include <catch2/catch.hpp>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "support/rows.h"

constexpr double kU = 0x1p-24;  // half the distance of floats after 1: what one rounding loses

// The distance of floats at v; 1 where there is none.
double ulp(double v);

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
  void add(float got, double exact, double unit, const std::string& name, size_t i = 0);
  double mean() const { return sum_ / static_cast<double>(count_); }

 private:
  double sum_ = 0;
  size_t count_ = 0;
};

// The bits of v, the same for all NaN: engines may choose those.
uint32_t bits_of(float v);
std::vector<uint32_t> bits_of(const std::vector<float>& values);

class SameBits : public Catch::MatcherBase<std::vector<float>> {
 public:
  explicit SameBits(std::vector<float> expected) : expected_(std::move(expected)) {}
  bool match(const std::vector<float>& got) const override;
  std::string describe() const override { return difference_; }

 private:
  std::vector<float> expected_;
  mutable std::string difference_ = "has the same bits";
};

// FNV-1a over bits (Fowler, Noll and Vo 1991).
class Hash {
 public:
  void add(const std::vector<float>& values);
  uint64_t value() const { return value_; }

 private:
  uint64_t value_ = 0xCBF29CE484222325;
};

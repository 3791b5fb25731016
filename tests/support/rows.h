// The rows every op is run on, the nasty ones by name. A new trap goes here once and every op meets
// it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <vector>

constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kLargest = std::numeric_limits<float>::max();

struct Rows {
  std::string name;
  size_t rows, cols;
  std::vector<float> x;  // [rows, cols]

  Rows row(size_t r) const;
};

// splitmix64 (Steele, Lea and Flood 2014): the same numbers on every machine.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}
  uint64_t bits() {
    uint64_t z = state_ += 0x9E3779B97F4A7C15;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
    return z ^ (z >> 31);
  }
  double uniform() { return static_cast<double>(bits() >> 11) * 0x1p-53; }
  size_t below(size_t n) { return static_cast<size_t>(bits() % n); }
  // The sum of twelve uniforms: normal enough, and free of libm, which differs between machines.
  double normal() {
    double sum = -6;
    for (int i = 0; i < 12; ++i) sum += uniform();
    return sum;
  }

 private:
  uint64_t state_;
};

// Nine digits tell any two floats apart.
std::string spell(double v);

// Normal scores about an offset.
Rows scores(size_t rows, size_t cols, double sd = 3, double offset = 0, uint64_t seed = 1);

// x_i = entry(i).
Rows one_row(const std::string& name, size_t cols, const std::function<float(size_t i)>& entry);

// Around the boundaries of 4 lanes, 4 vectors in flight, tiles of rows up to 64 columns, and blocks
// of 128.
extern const std::vector<size_t> kLengths;

// Every length up to ten times what a row function takes at once.
std::vector<Rows> every_length();

// Rows of finite scores, and such in which some are -inf.
std::vector<Rows> finite_rows();

// One score above a crowd of others, in every second row with one more between them: beside it
// every addition to a plain sum rounds by as much as beside a 1.
Rows crowds(size_t rows, size_t cols);
// Of lengths around those at which sums are taken another way, enough rows to see their worst.
std::vector<Rows> crowds();

// Rows that exp cannot answer.
std::vector<Rows> edge_rows();

std::vector<Rows> every_row();
std::vector<Rows> long_rows();

// Rows of all kinds and one length, as one call takes them.
Rows stack(const std::vector<Rows>& all, size_t cols);

// Bytes of which about one in four is 0.
std::vector<uint8_t> random_mask(size_t n, uint64_t seed = 1);

// Temperatures on both sides of every way to handle one.
extern const std::vector<float> kTemperatures;

// Random numbers as their paper has them: Philox 4x32-10 (Salmon et al. 2011, section 3.3), and
// Gumbel numbers in double.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>

namespace oracle {

using Four = std::array<uint32_t, 4>;

inline Four philox(Four x, uint64_t seed) {
  uint32_t k0 = static_cast<uint32_t>(seed), k1 = static_cast<uint32_t>(seed >> 32);
  for (int round = 0; round < 10; ++round) {
    const uint64_t p0 = 0xD2511F53ull * x[0], p1 = 0xCD9E8D57ull * x[2];
    const auto high = [](uint64_t p) { return static_cast<uint32_t>(p >> 32); };
    const auto low = [](uint64_t p) { return static_cast<uint32_t>(p); };
    x = {high(p1) ^ x[1] ^ k0, low(p1), high(p0) ^ x[3] ^ k1, low(p0)};
    k0 += 0x9E3779B9;  // the golden ratio
    k1 += 0xBB67AE85;  // sqrt 3 - 1
  }
  return x;
}

// Number c of a row: which fourth of which block.
inline double uniform(uint64_t seed, uint64_t stream, uint32_t row, uint32_t c) {
  const Four words = philox(
      {c / 4, row, static_cast<uint32_t>(stream), static_cast<uint32_t>(stream >> 32)}, seed);
  return (static_cast<double>(words[c % 4] >> 9) + 0.5) * 0x1p-23;
}

inline double gumbel(double u) { return -std::log(-std::log(u)); }

}  // namespace oracle

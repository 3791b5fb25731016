#include "core/random.h"

namespace sm {

Words philox(Words counter, uint32_t key_low, uint32_t key_high) {
  uint32_t* const c = counter.v;
  for (int round = 0; round < 10; ++round) {
    const uint64_t a = uint64_t{0xD2511F53} * c[0], b = uint64_t{0xCD9E8D57} * c[2];
    c[0] = static_cast<uint32_t>(b >> 32) ^ c[1] ^ key_low;
    c[2] = static_cast<uint32_t>(a >> 32) ^ c[3] ^ key_high;
    c[1] = static_cast<uint32_t>(b);
    c[3] = static_cast<uint32_t>(a);
    key_low += 0x9E3779B9;
    key_high += 0xBB67AE85;
  }
  return counter;
}

Words Draws::words(size_t r, uint32_t block) const {
  const auto row = static_cast<uint32_t>(key_[4] + r);
  return philox({{block, row, key_[2], key_[3]}}, key_[0], key_[1]);
}

f32x4 uniform(Words words) {
  float u[4];
  for (int i = 0; i < 4; ++i) {
    const auto n = static_cast<int32_t>(words.v[i] >> 9);
    u[i] = (static_cast<float>(n) + 0.5f) * 0x1p-23f;
  }
  return load(u);
}

}  // namespace sm

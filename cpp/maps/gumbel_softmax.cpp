#include "core/random.h"
#include "maps.h"
#include "shapes.h"
#include "simd/row.h"

namespace sm {

void gumbel_noise(float* g, const uint32_t* key, size_t outer, size_t cols, size_t inner) {
  const Draws draws(key);
  for (size_t r = 0; r < outer * inner; ++r) {
    float* const row = g + r / inner * cols * inner + r % inner;
    for (size_t c = 0; c < cols; c += 4) {
      float four[4];
      store(four, gumbel(uniform(draws.words(r, static_cast<uint32_t>(c / 4)))));
      for (size_t i = 0; i < 4 && c + i < cols; ++i) row[(c + i) * inner] = four[i];
    }
  }
}

void gumbel_softmax(float* y, const float* x, const float* noise, const uint8_t* mask,
                    const float* t, size_t outer, size_t cols, size_t inner, int rules) {
  map_long(
      y, outer * cols * inner, [](f32x4 v, f32x4 g) { return v + g; }, x, noise);
  static const float zero = 0;
  if (rules & Rule::hard) {
    t = &zero;
    rules &= ~(Rule::row_temperature | Rule::tie_split);
  }
  softmax(y, y, mask, t, outer, cols, inner, rules);
}

void gumbel_softmax_vjp(float* dx, const float* y, const float* dy, const float* t, size_t outer,
                        size_t cols, size_t inner, int rules) {
  softmax_vjp(dx, y, dy, t, outer, cols, inner, rules);
}

}  // namespace sm

#include "attention.h"
#include "attention/panel.h"
#include "formats.h"

namespace sm {

namespace {

void put(float* y, const float* x, size_t n) {
  for (size_t i = 0; i < n; ++i) y[i] = x[i];
}
void put(uint16_t* y, const float* x, size_t n) { to_float16(y, x, n); }

// Whether all are finite as halves.
bool are_finite_halves(const float* x, size_t n) {
  for (size_t i = 0; i < n; ++i) {
    if (!(x[i] < 65520 && x[i] > -65520)) return false;
  }
  return true;
}

// Numbers of a row, from d on, stand at a place of its tile and every step from there on.
struct Place {
  size_t at, step;
};
using PlaceOf = Place(size_t row, size_t d, size_t n, size_t dim);

Place key_place(size_t row, size_t d, size_t, size_t dim) {
  return {row / kStrip * kStrip * dim + d * kStrip + row % kStrip, kStrip};
}
Place value_place(size_t row, size_t d, size_t n, size_t) { return {d * kKeys + row * n, 1}; }

template <class T>
[[gnu::noinline]] void append(PlaceOf place, T* cache, const float* x, size_t heads,
                              size_t capacity, size_t from, size_t n, size_t dim) {
  for (size_t h = 0; h < heads; ++h) {
    for (size_t at = from; at < from + n; ++at, x += dim) {
      T* const tile = cache + (h * capacity + at - at % kKeys) * dim;
      each_strip(dim, [=](size_t d, size_t some) {
        T kept[kStrip];
        put(kept, x + d, some);
        const Place to = place(at % kKeys, d, some, dim);
        for (size_t i = 0; i < some; ++i) tile[to.at + i * to.step] = kept[i];
      });
    }
  }
}

int append(PlaceOf place, void* cache, const float* x, size_t heads, size_t capacity, size_t from,
           size_t n, size_t dim, int keeping) {
  if (keeping == in_tiles) {
    append(place, static_cast<float*>(cache), x, heads, capacity, from, n, dim);
  } else {
    append(place, static_cast<uint16_t*>(cache), x, heads, capacity, from, n, dim);
  }
  return are_finite_halves(x, heads * n * dim);
}

}  // namespace

int append_keys(void* cache, const float* x, size_t heads, size_t capacity, size_t from, size_t n,
                size_t dim, int keeping) {
  return append(key_place, cache, x, heads, capacity, from, n, dim, keeping);
}

int append_values(void* cache, const float* x, size_t heads, size_t capacity, size_t from, size_t n,
                  size_t dim, int keeping) {
  return append(value_place, cache, x, heads, capacity, from, n, dim, keeping);
}

}  // namespace sm

#include "attention.h"
#include "attention/panel.h"
#include "core/temperature.h"
#include "formats.h"

namespace sm {

namespace {

void copy(float* y, const float* x, size_t n) {
  map_long(
      y, n, [](f32x4 v) { return v; }, x);
}
void copy(uint16_t* y, const float* x, size_t n) { to_float16(y, x, n); }

// Numbers as they are kept: where they are, or in room.
const float* kept(float*, const float* x, size_t) { return x; }
const uint16_t* kept(uint16_t* room, const float* x, size_t n) {
  to_float16(room, x, n);
  return room;
}

// n numbers of each of four rows, number by number, y [n, 4].
void turn(float* y, const float* x, size_t stride, size_t n) {
  each(n, [=](auto at, size_t i) {
    f32x4 v[4] = {at.load(x + i), at.load(x + stride + i), at.load(x + 2 * stride + i),
                  at.load(x + 3 * stride + i)};
    transpose(v[0], v[1], v[2], v[3]);
    for (size_t r = 0; r < 4 && i + r < n; ++r) store(y + 4 * (i + r), v[r]);
  });
}

// Whether all are finite as halves.
bool are_finite_halves(const float* x, size_t n) {
  const f32x4 beyond = held(65520.0f * 65520), zero = held(0), one = held(1);
  f32x4 others = zero;
  each(n, [&](auto at, size_t i) {
    const f32x4 v = at.load(x + i);
    others = others + select_lt(v * v, beyond, zero, one);
  });
  return all_zero(others);
}

// W rows beside each other in a tile: the column of the first, number by number.
template <size_t W, class T>
void put_keys(T* column, const float* x, size_t dim) {
  each_strip(dim, [=](size_t d, size_t n) {
    float turned[4 * kStrip];
    T room[4 * kStrip];
    if (W == 4) turn(turned, x + d, dim, n);
    const T* const from = kept(room, W == 4 ? turned : x + d, W * n);
    for (size_t i = 0; i < n; ++i)
      __builtin_memcpy(column + (d + i) * kStrip, from + i * W, W * sizeof(T));
  });
}

template <class T>
void put_values(T* tile, const float* x, size_t row, size_t dim) {
  each_strip(dim, [=](size_t d, size_t n) { copy(tile + d * kKeys + row * n, x + d, n); });
}

template <class T>
[[gnu::noinline]] void append(bool keys, T* cache, const float* x, size_t heads, size_t capacity,
                              size_t from, size_t n, size_t dim) {
  for (size_t h = 0; h < heads; ++h) {
    for (size_t at = from, rows = 1; at < from + n; at += rows, x += rows * dim) {
      const size_t row = at % kKeys;
      T* const tile = cache + (h * capacity + at - row) * dim;
      T* const column = tile + row / kStrip * kStrip * dim + row % kStrip;
      rows = keys && row % 4 == 0 && from + n - at >= 4 ? 4 : 1;
      if (!keys) {
        put_values(tile, x, row, dim);
      } else if (rows == 4) {
        put_keys<4>(column, x, dim);
      } else {
        put_keys<1>(column, x, dim);
      }
    }
  }
}

int append(bool keys, void* cache, const float* x, size_t heads, size_t capacity, size_t from,
           size_t n, size_t dim, int keeping) {
  if (keeping == in_tiles) {
    append(keys, static_cast<float*>(cache), x, heads, capacity, from, n, dim);
    return 1;
  }
  append(keys, static_cast<uint16_t*>(cache), x, heads, capacity, from, n, dim);
  return are_finite_halves(x, heads * n * dim);
}

}  // namespace

int append_keys(void* cache, const float* x, size_t heads, size_t capacity, size_t from, size_t n,
                size_t dim, int keeping) {
  return append(true, cache, x, heads, capacity, from, n, dim, keeping);
}

int append_values(void* cache, const float* x, size_t heads, size_t capacity, size_t from, size_t n,
                  size_t dim, int keeping) {
  return append(false, cache, x, heads, capacity, from, n, dim, keeping);
}

}  // namespace sm

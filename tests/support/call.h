// An op called as its contract allows, on buffers between guards: results in, results out, and what
// must hold at every call is checked at every call.
#pragma once

#include <catch2/catch.hpp>
#include <cstring>
#include <vector>

#include "maps.h"
#include "shapes.h"
#include "support/near.h"
#include "support/rows.h"
#include "support/sanitizer.h"

// Values between guards, offset values after a 16-byte boundary. The sanitizer stops what reads a
// guard, and without one the guards, as floats NaN, spoil the result of what reads them.
template <class T>
class Guarded {
 public:
  explicit Guarded(size_t n, size_t offset = 0)
      : n_(n), front_(64 + offset), all_(front_ + n + 64) {
    std::memset(static_cast<void*>(all_.data()), 0xFF, all_.size() * sizeof(T));
    poison(all_.data(), front_ * sizeof(T));
    poison(begin() + n_, (all_.size() - front_ - n_) * sizeof(T));
  }
  Guarded(const std::vector<T>& values, size_t offset) : Guarded(values.size(), offset) {
    std::copy(values.begin(), values.end(), begin());
  }
  Guarded(const Guarded&) = delete;
  ~Guarded() {
    unpoison(all_.data(), all_.size() * sizeof(T));
    const auto* bytes = reinterpret_cast<const uint8_t*>(all_.data());
    bool intact = true;
    for (size_t i = 0; i < front_ * sizeof(T); ++i) intact &= bytes[i] == 0xFF;
    for (size_t i = (front_ + n_) * sizeof(T); i < all_.size() * sizeof(T); ++i)
      intact &= bytes[i] == 0xFF;
    CHECK(intact);
  }
  T* begin() { return all_.data() + front_; }
  T* data() { return begin(); }
  T* or_null() { return n_ == 0 ? nullptr : begin(); }
  std::vector<T> values() { return {begin(), begin() + n_}; }

 private:
  size_t n_, front_;
  std::vector<T> all_;
};

// How an op is called. Tests see rows as [rows, cols] always; inner decides how they lie for the
// op.
struct Call {
  std::vector<float> t = {};       // none: 1; one; or one per row
  std::vector<uint8_t> mask = {};  // none; [cols] for all rows; or [rows, cols]
  int rules = 0;                   // those that t and mask say themselves are added
  size_t inner = 1;                // divides rows
  size_t offset = 0;               // floats by which buffers are off a 16-byte boundary
  bool in_place = false;

  float t_of(size_t r) const { return t.empty() ? 1 : t.size() == 1 ? t[0] : t[r]; }
  bool keeps(size_t r, size_t c, size_t cols) const {
    return mask.empty() || mask[mask.size() == cols ? c : r * cols + c] != 0;
  }
  int all_rules(size_t rows, size_t cols) const {
    return rules | (t.size() > 1 ? sm::row_temperature : 0) |
           (!mask.empty() && (rows != 1 || rules & sm::shared_mask) && mask.size() == cols
                ? sm::shared_mask
                : 0);
  }
};

// [rows, cols] as [outer, cols, inner], and back.
template <class T>
std::vector<T> laid_out(const std::vector<T>& x, size_t cols, size_t inner) {
  std::vector<T> out(x.size());
  for (size_t i = 0; i < x.size(); ++i) {
    const size_t r = i / cols, c = i % cols;
    out[(r / inner * cols + c) * inner + r % inner] = x[i];
  }
  return out;
}
template <class T>
std::vector<T> as_rows(const std::vector<T>& x, size_t cols, size_t inner) {
  std::vector<T> out(x.size());
  for (size_t i = 0; i < x.size(); ++i) {
    const size_t r = i / cols, c = i % cols;
    out[i] = x[(r / inner * cols + c) * inner + r % inner];
  }
  return out;
}

// The parts of a call that are the same for every op.
struct Arguments {
  Guarded<uint8_t> mask;
  Guarded<float> t;
  size_t outer;
  int rules;

  Arguments(size_t rows, size_t cols, const Call& call)
      : mask(call.mask.size() == rows * cols ? laid_out(call.mask, cols, call.inner) : call.mask,
             call.offset),
        t(call.t, call.offset),
        outer(rows / call.inner),
        rules(call.all_rules(rows, cols)) {}
};

// softmax, log_softmax: scores in, as many out.
using Map = void (*)(float*, const float*, const uint8_t*, const float*, size_t, size_t, size_t,
                     int);
std::vector<float> run(Map op, const Rows& in, const Call& call = {});

// softmax_vjp, log_softmax_vjp: results and their gradients in, the gradient of the scores out,
// which may be either.
enum class Place { apart, on_y, on_dy };
using Vjp = void (*)(float*, const float*, const float*, const float*, size_t, size_t, size_t, int);
std::vector<float> run(Vjp op, const Rows& y, const std::vector<float>& dy, const Call& call = {},
                       Place place = Place::apart);

// log_sum_exp: scores in, one number for each row out. Masked scores become -inf, the others stay.
std::vector<float> run(decltype(sm::log_sum_exp) op, const Rows& in, const Call& call = {});

#include "attention/mask.h"

namespace sm {

static size_t length_of(const int32_t* starts, size_t b, size_t all) {
  return starts == nullptr ? all : static_cast<size_t>(starts[b + 1] - starts[b]);
}
static size_t start_of(const int32_t* starts, size_t b) {
  return starts == nullptr ? 0 : static_cast<size_t>(starts[b]);
}

Sight::Sight(const AttentionShape& shape, const AttentionMask& mask, size_t b, size_t h)
    : queries(length_of(shape.query_starts, b, shape.queries)),
      keys(length_of(shape.key_starts, b, shape.keys)),
      query_start(start_of(shape.query_starts, b)),
      key_start(start_of(shape.key_starts, b)),
      all_keys(keys),
      left_(mask.left),
      right_(mask.right),
      offset_(mask.top_left ? 0 : static_cast<int64_t>(keys) - static_cast<int64_t>(queries)),
      slope_(mask.slopes == nullptr ? 0 : mask.slopes[h]),
      bias_(mask.bias == nullptr ? nullptr : mask.bias + mask.bias_at.at(b, h, 0)),
      keep_(mask.keep == nullptr ? nullptr : mask.keep + mask.keep_at.at(b, h, 0)),
      bias_row_(mask.bias_at.row),
      keep_row_(mask.keep_at.row) {
  plain = slope_ == 0 && bias_ == nullptr && keep_ == nullptr;
  if (mask.lengths != nullptr && static_cast<size_t>(mask.lengths[b]) < keys)
    keys = static_cast<size_t>(mask.lengths[b]);
}

Span Sight::span(size_t i) const {
  const int64_t beside = static_cast<int64_t>(i) + offset_, all = static_cast<int64_t>(keys);
  const int64_t first = left_ < 0 ? 0 : beside - left_,
                end = right_ < 0 ? all : beside + right_ + 1;
  const auto inside = [=](int64_t j) { return static_cast<size_t>(j < 0 ? 0 : j > all ? all : j); };
  return upright({inside(first), inside(end)});
}

static f32x4 count_up() {
  static const float lanes[4] = {0, 1, 2, 3};
  return load(lanes);
}

f32x4 Sight::added(Part at, size_t i, size_t j) const {
  const f32x4 hidden = splat(-infinity), l = count_up();
  f32x4 v = splat(0);
  if (bias_ != nullptr) v = at.load(bias_ + i * bias_row_ + j);
  if (slope_ != 0) {
    const int64_t far = static_cast<int64_t>(i) + offset_ - static_cast<int64_t>(j);
    const f32x4 d = splat(static_cast<float>(far)) - l;
    v = v - splat(slope_) * max(d, splat(0) - d);
  }
  if (keep_ != nullptr) v = at.select_keep(keep_ + i * keep_row_ + j, v, hidden);
  const auto lanes_before = [=](size_t key) {
    return splat(static_cast<float>(key <= j ? 0 : key - j < 4 ? key - j : 4));
  };
  const Span s = span(i);
  return select_lt(l, lanes_before(s.first), hidden, select_lt(l, lanes_before(s.end), v, hidden));
}

}  // namespace sm

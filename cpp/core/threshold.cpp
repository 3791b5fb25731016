#include "core/threshold.h"

#include "core/even.h"
#include "core/exp_rows.h"
#include "core/sixteens.h"

namespace sm {

// Room for the scores that a threshold may still cut: they are few in most rows, and found once.
constexpr size_t kRoom = 2048;
constexpr size_t kTooMany = kRoom + 1;

// A row of scores and how they become z. Scores are first multiplied by a power of two, so that the
// difference of two of them does not overflow at temperatures where it would count.
struct ScoreRow {
  Sixteens scores;
  double top, slope;  // z = (x - top) slope
  f32x4 unit, shift, scale;

  ScoreRow(const float* x, size_t cols, size_t stride, double alpha, float t, float top)
      : scores{x, cols, stride, -infinity}, top(top), slope((alpha - 1) / t) {
    const float small = t > 1 ? 0x1p-24f : 1;
    unit = splat(small);
    shift = splat(top * small);
    scale = splat(static_cast<float>(slope / small));
  }

  f32x4 z(f32x4 v) const { return (v * unit - shift) * scale; }

  // A score at or under which z is not above tau, whatever rounds: none where no entry is cut.
  float bound(double tau) const {
    if (slope < 0) return tau == tau ? -infinity : not_a_number;
    const auto b = static_cast<float>(top + tau * (1 + 0x1p-20) / slope);
    return b - ((b < 0 ? -b : b) * 0x1p-23f + 0x1p-149f);
  }
};

static bool sixteen_le(const float* p, f32x4 bound) {
  return all_le(load(p), load(p + 4), load(p + 8), load(p + 12), bound);
}

// Under it no z counts, whatever rounds.
static f32x4 least_above(double tau) { return splat(static_cast<float>(tau * (1 + 0x1p-20))); }

// n values and as many that count for nothing as a multiple of sixteen takes.
static size_t filled(float* z, size_t n, float nothing) {
  for (; n % 16; ++n) z[n] = nothing;
  return n;
}

// Packs the z above tau; how many, or kTooMany.
static size_t pack(float* z, const ScoreRow& row, double tau) {
  alignas(16) float copy[16];
  const bool cuts = row.slope > 0;
  const f32x4 bound = splat(row.bound(tau)), least = cuts ? least_above(tau) : splat(-infinity);
  size_t n = 0;
  for (size_t i = 0; i < row.scores.cols; i += 16) {
    const float* const p = row.scores.at(copy, i);
    if (sixteen_le(p, bound)) continue;
    if (n > kRoom - 16) return kTooMany;
    for (size_t k = 0; k < 16; k += 4) n += pack_above(z + n, row.z(load(p + k)), least);
  }
  return filled(z, n, cuts ? -infinity : infinity);
}

// Leaves of n packed z those above a later tau, which only rises.
static size_t repack(float* z, size_t n, double tau) {
  const f32x4 least = least_above(tau);
  size_t left = 0;
  for (size_t i = 0; i < n; i += 4) left += pack_above(z + left, load(z + i), least);
  return filled(z, left, -infinity);
}

// The sums over all of a row, kRoom entries at a time.
static Sums sums_of_row(float* z, const ScoreRow& row, const Power& power, double tau) {
  alignas(16) float copy[16];
  Sums all{0, 0};
  for (size_t i = 0, n = 0; i < row.scores.cols;) {
    for (n = 0; n < kRoom && i < row.scores.cols; n += 16, i += 16) {
      const float* const p = row.scores.at(copy, i);
      for (size_t k = 0; k < 16; k += 4) store(z + n + k, row.z(load(p + k)));
    }
    const Sums some = power.sums(power, z, n, tau);
    all.value += some.value;
    all.slope += some.slope;
  }
  return all;
}

// A step of Newton's method on ||z - tau||_q = 1, where it never goes too far: the norm is convex
// in tau for q above 1 and concave, falling the other way, for q under 0.
static double step(double q, Sums s) {
  if (q == 1) return (s.value - 1) / s.slope;
  const double f = s.value;
  if (q == 2) return (__builtin_sqrt(f) - 1) * __builtin_sqrt(f) / s.slope;
  const double u = -log(f) / q;  // 1 - f^(-1/q) = -(exp(u) - 1)
  const double less = u > -1e-3 && u < 1e-3 ? u * (1 + u * (0.5 + u / 6)) : exp(u) - 1;
  return -less * f / s.slope;
}

// The largest threshold a row of so many entries can have: all of them equal.
static double highest(double q, size_t cols) {
  const auto n = static_cast<double>(cols);
  return q == 1 ? -1 / n : q == 2 ? -1 / __builtin_sqrt(n) : -exp(-log(n) / q);
}

struct Cut {
  double tau;
  double total;  // the sum of y, about 1
};

static Cut cut_of(const ScoreRow& row, const Power& power) {
  alignas(16) float z[kRoom + 16];
  Cut cut{-1, 1};
  const double most = highest(power.q, row.scores.cols);
  size_t n = kTooMany;
  const auto sums = [&] {
    if (n > kRoom) n = pack(z, row, cut.tau);
    return n <= kRoom ? power.sums(power, z, n, cut.tau) : sums_of_row(z, row, power, cut.tau);
  };
  // Where y is an exp of a log its sum moves in steps of about 2⁻²⁰: it is divided out at the end.
  const bool exact = power.q == 1 || power.q == 2;
  const double enough = exact ? 0x1p-22 : 0x1p-19;
  // Seldom more than a dozen sweeps.
  for (int sweep = 0; sweep < 50; ++sweep) {
    const Sums s = sums();
    const double next = cut.tau + step(power.q, s), off = s.value - 1;
    cut.tau = row.slope > 0 && next > most ? most : next;
    if (!(off > enough || off < -enough)) break;
    if (row.slope > 0 && n <= kRoom) n = repack(z, n, cut.tau);
  }
  if (!exact) cut.total = sums().value;
  return cut;
}

static void write_row(float* y, const ScoreRow& row, const Power& power, Cut cut) {
  alignas(16) float some[16];
  const f32x4 bound = splat(row.bound(cut.tau));
  const auto scale = static_cast<float>(1 / cut.total);
  for (size_t i = 0; i < row.scores.cols; i += 16) {
    const float* const p = row.scores.at(some, i);
    float* const out = row.scores.place(y, some, i);
    if (sixteen_le(p, bound)) {
      for (size_t k = 0; k < 16; k += 4) store(out + k, splat(0));
    } else {
      for (size_t k = 0; k < 16; k += 4) store(out + k, row.z(load(p + k)));
      power.apply(power, out, 16, cut.tau, scale);
    }
    row.scores.put(y, some, i);
  }
}

static void cut_row(const RowMap& map, size_t r, float* y, const float* x, size_t stride,
                    const Temperature& t, float top) {
  const double alpha = alpha_of(map.alpha, map.rules, r);
  if (alpha > 2) return steep_row(y, x, map.axis.cols, stride, alpha, t.t, top);
  const ScoreRow row(x, map.axis.cols, stride, alpha, t.t, top);
  const Power power = power_of(alpha);
  write_row(y, row, power, cut_of(row, power));
}

static bool sparse_row(const RowMap& map, size_t r, float* y, const float* x,
                       const Temperature& t) {
  if (is_softmax(alpha_of(map.alpha, map.rules, r))) return exp_row(map, r, y, x, t);
  const float top = peak(x, map.axis.cols);
  if (finite(top)) cut_row(map, r, y, x, 1, t, top);
  return finite(top);
}

static void sparse_rows(const RowMap& map, size_t r, float* y, const float* x, size_t n,
                        const Temperature& t, const float* top) {
  const size_t cols = map.axis.cols;
  for (size_t k = 0; k < n; ++k, y += cols, x += padded(cols)) {
    if (is_softmax(alpha_of(map.alpha, map.rules, r + k))) {
      exp_rows(map, r + k, y, x, 1, t, top + k);
    } else {
      cut_row(map, r + k, y, x, 1, t, top[k]);
    }
  }
}

// Row r at its own alpha, along a column.
static void sparse_column(const RowMap& map, size_t r, float* y, const float* x, size_t stride,
                          const Temperature& t, float* top) {
  if (is_softmax(alpha_of(map.alpha, map.rules, r))) {
    exp_columns(map, r, y, x, stride, 1, t, top);
  } else {
    cut_row(map, r, y, x, stride, t, *top);
  }
}

// Short columns go through a tile, kBeside side by side: each alone would touch as many lines of
// the cache as it has entries, at strides of a power of two all of them in one set.
static bool sparse_columns(const RowMap& map, size_t r, float* y, const float* x, size_t stride,
                           size_t n, const Temperature& t, float* top) {
  constexpr size_t kBeside = 16, kFew = 256;
  const size_t cols = map.axis.cols;
  if (!column_peaks(top, x, cols, stride, n)) return false;
  alignas(16) float tile[kFew * kBeside];
  for (size_t j = 0; j < n; j += kBeside) {
    const size_t m = n - j < kBeside ? n - j : kBeside;
    if (cols > kFew) {
      for (size_t k = j; k < j + m; ++k)
        sparse_column(map, r + k, y + k, x + k, stride, t, top + k);
      continue;
    }
    for (size_t c = 0; c < cols; ++c) {
      each(m, [&](auto at, size_t k) {
        at.store(tile + c * kBeside + k, at.load(x + c * stride + j + k));
      });
    }
    for (size_t k = 0; k < m; ++k)
      sparse_column(map, r + j + k, tile + k, tile + k, kBeside, t, top + j + k);
    for (size_t c = 0; c < cols; ++c) {
      each(m, [&](auto at, size_t k) {
        at.store(y + c * stride + j + k, at.load(tile + c * kBeside + k));
      });
    }
  }
  return true;
}

void map_sparse_rows(float* y, const float* x, const uint8_t* mask, const float* t,
                     const float* alpha, Axis axis, int rules) {
  map_rows({.y = y,
            .x = x,
            .mask = mask,
            .t = t,
            .axis = axis,
            .rules = rules,
            .alpha = alpha,
            .row = sparse_row,
            .rows = sparse_rows,
            .columns = sparse_columns,
            .edge = even_edge<false>});
}

}  // namespace sm

// How long ops take, as Catch2 measures it. Native builds run under sanitizers, so the times that
// mean something are those of the modules: node build/wasm/tests/tests-simd.cjs "[!benchmark]"
#pragma once

#include <catch2/catch.hpp>
#include <vector>

#include "support/call.h"
#include "support/rows.h"

using Meter = Catch::Benchmark::Chronometer;

// One row of a vocabulary, and many as short as a classifier's.
inline std::vector<Rows> timed_rows() { return {scores(1, 4096), scores(256, 16)}; }

inline std::string shape_of(const Rows& x) {
  return std::to_string(x.rows) + " x " + std::to_string(x.cols);
}

inline void time(Meter meter, Map op, const Rows& x) {
  std::vector<float> y(x.x.size());
  meter.measure([&] {
    op(y.data(), x.x.data(), nullptr, nullptr, x.rows, x.cols, 1, 0);
    return y[0];
  });
}

inline void time(Meter meter, Vjp op, const Rows& y) {
  const std::vector<float> dy = scores(y.rows, y.cols, 2, 0.5, 99).x;
  std::vector<float> dx(y.x.size());
  meter.measure([&] {
    op(dx.data(), y.x.data(), dy.data(), nullptr, y.rows, y.cols, 1, 0);
    return dx[0];
  });
}

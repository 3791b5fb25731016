#include "support/time.h"

std::vector<Rows> timed_rows() { return {scores(1, 4096), scores(256, 16)}; }

std::string shape_of(const Rows& x) {
  return std::to_string(x.rows) + " x " + std::to_string(x.cols);
}

void time(const std::string& what, const std::function<void()>& op) {
  BENCHMARK(std::string(what)) { op(); };
}

void time(const std::string& what, Map op, const Rows& x) {
  std::vector<float> y(x.x.size());
  time(what, [&] { op(y.data(), x.x.data(), nullptr, nullptr, x.rows, x.cols, 1, 0); });
}

void time(const std::string& what, Vjp op, const Rows& y) {
  const std::vector<float> dy = scores(y.rows, y.cols, 2, 0.5, 99).x;
  std::vector<float> dx(y.x.size());
  time(what, [&] { op(dx.data(), y.x.data(), dy.data(), nullptr, y.rows, y.cols, 1, 0); });
}

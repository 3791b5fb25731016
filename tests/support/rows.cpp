#include "support/rows.h"

#include <cstdio>

const std::vector<size_t> kLengths = {1, 2, 3, 7, 16, 33, 64, 65, 131};
const std::vector<float> kTemperatures = {
    0.5f, 2,     4,     0.1f,   0.7f,       1.3f,    3,       10,     100,    1e3f,     1e-3f,
    1e5f, 1e-5f, 1e30f, 1e-30f, 0x1.8p-16f, 0x1p17f, 3.3e38f, 1e-38f, 1e-40f, 0x1p-149f};

Rows Rows::row(size_t r) const {
  return {name + ", row " + std::to_string(r),
          1,
          cols,
          {x.begin() + static_cast<ptrdiff_t>(r * cols),
           x.begin() + static_cast<ptrdiff_t>((r + 1) * cols)}};
}

std::string spell(double v) {
  char digits[32];
  std::snprintf(digits, sizeof digits, "%.9g", v);
  return digits;
}

Rows scores(size_t rows, size_t cols, double sd, double offset, uint64_t seed) {
  Random random(seed * 1000003 + cols);
  std::vector<float> x(rows * cols);
  for (float& v : x) v = static_cast<float>(offset + sd * random.normal());
  return {std::to_string(rows) + " x " + std::to_string(cols) + " normal, sd " + spell(sd) +
              ", offset " + spell(offset) + ", seed " + std::to_string(seed),
          rows, cols, x};
}

Rows one_row(const std::string& name, size_t cols, const std::function<float(size_t i)>& entry) {
  std::vector<float> x(cols);
  for (size_t i = 0; i < cols; ++i) x[i] = entry(i);
  return {name + ", " + std::to_string(cols) + " columns", 1, cols, x};
}

std::vector<Rows> every_length() {
  std::vector<Rows> all;
  for (size_t n = 1; n <= 160; ++n) all.push_back(scores(1, n));
  return all;
}

std::vector<Rows> finite_rows() {
  std::vector<Rows> all = every_length();
  for (const size_t n : kLengths) {
    const auto row = [&](const std::string& name, auto entry) {
      all.push_back(one_row(name, n, entry));
    };
    for (const double sd : {1.0, 10.0, 30.0, 1000.0}) all.push_back(scores(1, n, sd));
    for (const double offset : {100.0, -100.0, 5000.0, -5000.0, 1e6, -1e6})
      all.push_back(scores(1, n, 3, offset));
    row("all zero", [](size_t) { return 0.0f; });
    row("all -0", [](size_t) { return -0.0f; });
    row("both zeros", [](size_t i) { return i % 2 ? -0.0f : 0.0f; });
    row("all 7.3", [](size_t) { return 7.3f; });
    row("all -1e9", [](size_t) { return -1e9f; });
    row("all the largest float", [](size_t) { return kLargest; });
    row("all the lowest float", [](size_t) { return -kLargest; });
    for (const size_t at : {size_t{0}, n / 2, n - 1}) {
      const std::string where = " at " + std::to_string(at);
      row("tower of 50" + where, [=](size_t i) { return i == at ? 50.0f : 0.0f; });
      row("tower of 1e30" + where, [=](size_t i) { return i == at ? 1e30f : -1.0f; });
      row("a gap of 40 under 0" + where, [=](size_t i) { return i == at ? 0.0f : -40.0f; });
      row("a gap of 88" + where, [=](size_t i) { return i == at ? 0.0f : -88.0f; });
      row("a gap of 104" + where, [=](size_t i) { return i == at ? 2.0f : -102.0f; });
      if (n > 1)
        row("-inf" + where, [=](size_t i) { return i == at ? -kInf : static_cast<float>(i % 5); });
      row("all -inf but" + where, [=](size_t i) { return i == at ? 3.0f : -kInf; });
    }
    // Many small equal terms beside a 1: where sums round the same way again and again.
    for (const float gap : {4.0f, 5.5f, 7.0f, 8.5f, 10.0f, 11.5f, 13.0f, 14.5f}) {
      row("a gap of " + spell(gap), [=](size_t i) { return i == 0 ? 0 : -gap; });
    }
    row("subnormal", [](size_t i) { return static_cast<float>(i + 1) * 0x1p-149f; });
    row("alternating 1e4", [](size_t i) { return i % 2 ? -1e4f : 1e4f; });
    row("alternating 3.4e38", [](size_t i) { return i % 2 ? -3.4e38f : 3.4e38f; });
    row("rising", [](size_t i) { return static_cast<float>(i) * 0.75f; });
    row("falling", [](size_t i) { return static_cast<float>(i) * -0.75f; });
    row("ties", [](size_t i) { return static_cast<float>(i % 3); });
    row("one unit in the last place apart",
        [](size_t i) { return 1 + static_cast<float>(i % 4) * 0x1p-23f; });
    row("around 1024", [](size_t i) { return 1023.5f + static_cast<float>(i % 9) * 0.125f; });
    row("around -1024", [](size_t i) { return -1023.5f - static_cast<float>(i % 9) * 0.125f; });
    row("every 87.3 / n",
        [=](size_t i) { return -87.3f * static_cast<float>(i) / static_cast<float>(n); });
  }
  return all;
}

Rows crowds(size_t rows, size_t cols) {
  Random random(cols);
  Rows all{"crowds of " + std::to_string(cols), rows, cols, std::vector<float>(rows * cols)};
  for (size_t r = 0; r < rows; ++r) {
    float* const x = all.x.data() + r * cols;
    const double between = r % 2 ? 1 + 10 * random.uniform() : 0;
    const double gap = between + 4 + 12 * random.uniform();
    const double sd = r % 3 == 0 ? 0.01 : r % 3 == 1 ? 0.5 : 2;
    for (size_t i = 0; i < cols; ++i) x[i] = static_cast<float>(sd * random.normal() - gap);
    const size_t at = random.below(cols);
    if (r % 2) x[(at + 1 + random.below(cols - 1)) % cols] = static_cast<float>(-between);
    x[at] = static_cast<float>(0.7 * random.uniform() - 0.35);
  }
  return all;
}

std::vector<Rows> crowds() {
  std::vector<Rows> all;
  for (const size_t n : {2, 5, 8, 12, 16, 21, 32, 48, 64, 100, 128, 200, 512, 1000})
    all.push_back(crowds(2 * (10000 / n + 1), n));
  return all;
}

std::vector<Rows> edge_rows() {
  std::vector<Rows> all;
  for (const size_t n : kLengths) {
    const auto row = [&](const std::string& name, auto entry) {
      all.push_back(one_row(name, n, entry));
    };
    row("all -inf", [](size_t) { return -kInf; });
    row("all +inf", [](size_t) { return kInf; });
    row("all NaN", [](size_t) { return kNan; });
    for (const size_t at : {size_t{0}, n / 2, n - 1}) {
      const std::string where = " at " + std::to_string(at);
      row("NaN" + where, [=](size_t i) { return i == at ? kNan : static_cast<float>(i); });
      row("-NaN" + where, [=](size_t i) { return i == at ? -kNan : static_cast<float>(i); });
      row("+inf" + where, [=](size_t i) { return i == at ? kInf : static_cast<float>(i); });
      row("+inf among -inf" + where, [=](size_t i) { return i == at ? kInf : -kInf; });
      row("NaN among -inf" + where, [=](size_t i) { return i == at ? kNan : -kInf; });
      row("NaN among +inf" + where, [=](size_t i) { return i == at ? kNan : kInf; });
    }
  }
  return all;
}

std::vector<Rows> every_row() {
  std::vector<Rows> all = finite_rows();
  for (Rows& row : edge_rows()) all.push_back(std::move(row));
  return all;
}

std::vector<Rows> long_rows() {
  std::vector<Rows> all;
  for (const size_t n : {1000, 32000, 128000, 1000000}) {
    for (const double sd : {1.0, 10.0, 30.0}) all.push_back(scores(1, n, sd));
    all.push_back(scores(1, n, 3, 5000));
  }
  all.push_back(one_row("all equal", 1000000, [](size_t) { return 1.1f; }));
  return all;
}

Rows stack(const std::vector<Rows>& all, size_t cols) {
  Rows stacked{"rows of all kinds, " + std::to_string(cols) + " columns", 0, cols, {}};
  for (const Rows& r : all) {
    if (r.cols != cols) continue;
    stacked.rows += r.rows;
    stacked.x.insert(stacked.x.end(), r.x.begin(), r.x.end());
  }
  return stacked;
}

std::vector<uint8_t> random_mask(size_t n, uint64_t seed) {
  Random random(seed);
  std::vector<uint8_t> mask(n);
  for (uint8_t& keep : mask)
    keep = random.below(4) ? static_cast<uint8_t>(1 + random.below(2) * 254) : 0;
  return mask;
}

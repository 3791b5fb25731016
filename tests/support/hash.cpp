#include "support/hash.h"

#include <catch2/catch.hpp>
#include <cstdio>

#include "support/near.h"

// 0 where none is stored.
static uint64_t stored_hash([[maybe_unused]] const std::string& op) {
#define HASH(name, value) \
  if (op == #name) return value;
#define SAMPLE(name, value)
#include "hashes.def"
#undef HASH
#undef SAMPLE
  return 0;
}

// Small and large scores, and rows that exp cannot answer; fixed, so that a new trap in rows.h
// changes no hash.
static std::vector<Rows> hashed_rows() {
  std::vector<Rows> all;
  for (const size_t n : {1, 2, 3, 5, 16, 17, 33, 64, 65, 131, 1000}) {
    all.push_back(scores(6, n));
    all.push_back(scores(6, n, 40));
    all.push_back(scores(6, n, 3, 5000));
    all.push_back(scores(6, n));
    const float edges[] = {kInf, -kInf, kNan, -0.0f, kLargest, 0x1p-149f};
    for (size_t r = 0; r < 6; ++r) all.back().x[r * n + r % n] = edges[r];
  }
  return all;
}

std::vector<float> hashed_gradients(const Rows& x) { return scores(x.rows, x.cols, 2, 0.5, 99).x; }

void check_hash(const std::string& op,
                const std::function<std::vector<float>(const Rows& x, const Call& call)>& results) {
  Hash hash;
  for (const Rows& x : hashed_rows()) {
    const std::vector<uint8_t> mask = random_mask(x.x.size());
    const Call calls[] = {
        {},
        {.t = {0.7f}, .mask = mask},
        {.t = {2, 3, 0.1f, 40, 1e-3f, 1}, .inner = 2},
        {.mask = mask, .rules = sm::empty_uniform | sm::infinite_limit, .inner = 3}};
    for (const Call& call : calls) hash.add(results(x, call));
  }
  char said[128];
  std::snprintf(said, sizeof said, "hash of %s is 0x%016llx", op.c_str(),
                static_cast<unsigned long long>(hash.value()));
  INFO(said << "; when a change of bits is meant: npm run hashes");
  CHECK(hash.value() == stored_hash(op));
}

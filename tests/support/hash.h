// The bits of an op's results over fixed rows, beside those stored in hashes.def. The scalar and
// the simd build have them on every machine, native and as WebAssembly; relaxed may round
// otherwise, and is run without [hash].
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "support/call.h"
#include "support/rows.h"

std::vector<float> hashed_gradients(const Rows& x);

// results(x, call) are what an op gives; every call of every row is hashed in one.
void check_hash(const std::string& op,
                const std::function<std::vector<float>(const Rows& x, const Call& call)>& results);

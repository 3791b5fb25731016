// How long ops take, as Catch2 measures it. Native builds run under sanitizers, so the times that
// mean something are those of the modules: node build/wasm/tests/tests-simd.cjs "[!benchmark]"
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "support/call.h"
#include "support/rows.h"

// One row of a vocabulary, and many as short as a classifier's.
std::vector<Rows> timed_rows();

std::string shape_of(const Rows& x);

void time(const std::string& what, const std::function<void()>& op);
void time(const std::string& what, Map op, const Rows& x);
void time(const std::string& what, Vjp op, const Rows& y);

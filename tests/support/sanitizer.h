// What the address sanitizer is asked. It is in the kernels and in sanitizer.cpp; most tests are
// compiled without it.
#pragma once

#include <cstddef>

// Memory that no kernel may read or write, and memory that it may again.
void poison(const void* address, size_t size);
void unpoison(const void* address, size_t size);

// The number of allocations so far; always 0 without the sanitizer (wasm).
size_t allocated();

// How many f makes: none, if it calls a kernel.
template <class F>
size_t allocations(F f) {
  const size_t before = allocated();
  f();
  return allocated() - before;
}

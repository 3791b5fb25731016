// Counts what a kernel allocates, which is to be nothing. The sanitizer counts; without one (wasm)
// it is always 0.
#pragma once

#include <cstddef>
#include <cstdlib>

#if __has_feature(address_sanitizer)
#include <sanitizer/allocator_interface.h>
#endif

#if __has_feature(address_sanitizer)
// The number of allocations so far.
inline size_t& allocated() {
  static size_t count;
  static const int installed = __sanitizer_install_malloc_and_free_hooks(
      [](const volatile void*, size_t) { ++count; }, [](const volatile void*) {});
  if (installed == 0) std::abort();  // the sanitizer has room for few
  return count;
}
#else
inline size_t allocated() { return 0; }
#endif

template <class F>
size_t allocations(F f) {
  const size_t before = allocated();
  f();
  return allocated() - before;
}

// Counts what a kernel allocates, which is to be nothing. The sanitizer counts; without one (wasm) it is always 0.
#pragma once

#include <cstddef>

#if __has_feature(address_sanitizer)
#include <sanitizer/allocator_interface.h>
#endif

template <class F>
size_t allocations(F f) {
#if __has_feature(address_sanitizer)
  static size_t count;
  static const int installed =
      __sanitizer_install_malloc_and_free_hooks([](const volatile void*, size_t) { ++count; }, [](const volatile void*) {});
  const size_t before = count;
  f();
  return installed > 0 ? count - before : 1;
#else
  f();
  return 0;
#endif
}

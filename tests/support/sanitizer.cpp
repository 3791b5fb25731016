#include "support/sanitizer.h"

#if __has_feature(address_sanitizer)

#include <sanitizer/allocator_interface.h>
#include <sanitizer/asan_interface.h>

#include <cstdlib>

void poison(const void* address, size_t size) { ASAN_POISON_MEMORY_REGION(address, size); }
void unpoison(const void* address, size_t size) { ASAN_UNPOISON_MEMORY_REGION(address, size); }

static size_t count;

size_t allocated() {
  static const int installed = __sanitizer_install_malloc_and_free_hooks(
      [](const volatile void*, size_t) { ++count; }, [](const volatile void*) {});
  if (installed == 0) std::abort();  // the sanitizer has room for few
  return count;
}

#else

void poison(const void*, size_t) {}
void unpoison(const void*, size_t) {}
size_t allocated() { return 0; }

#endif

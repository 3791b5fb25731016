// The boundary: ops.def turned into Embind. Pointers cross as addresses and enums as numbers;
// numbers pass as they are.
#include <emscripten/bind.h>

#include <cstdint>
#include <cstdlib>

#include "activations.h"
#include "attention.h"
#include "formats.h"
#include "losses.h"
#include "maps.h"
#include "shapes.h"
#include "states.h"

namespace {

template <class T>
struct Crossing {
  using Wire = T;
  static T in(T x) { return x; }
};

template <class T>
struct Crossing<T*> {
  using Wire = uintptr_t;
  static T* in(Wire x) { return reinterpret_cast<T*>(x); }
};

template <auto Op>
struct Call;

template <class R, class... A, R (*Op)(A...)>
struct Call<Op> {
  static R wire(typename Crossing<A>::Wire... a) { return Op(Crossing<A>::in(a)...); }
};

// Room for so many bytes, up to 2³² - 2¹⁶, its address a multiple of 16; 0 when there is none.
uintptr_t allocate(size_t bytes) {
  return reinterpret_cast<uintptr_t>(std::aligned_alloc(16, (bytes + 15) & ~size_t{15}));
}
void release(uintptr_t address) { std::free(reinterpret_cast<void*>(address)); }

}  // namespace

// Embind brings forty types, with all that C++ keeps about them. Few cross here: with them in place
// of Embind's, and two functions of its own, a module is smaller by 2 kB gzipped.
#ifdef SOFTMAX_OWN_TYPES
extern "C" const char* __getTypeName(const std::type_info*) { return nullptr; }
namespace emscripten::internal {
extern "C" void _embind_register_bindings(InitFunc*) {}
}  // namespace emscripten::internal
#endif

EMSCRIPTEN_BINDINGS(softmax_wasm) {
#ifdef SOFTMAX_OWN_TYPES
  using namespace emscripten::internal;
  _embind_register_void(TypeID<void>::get(), "void");
  _embind_register_integer(TypeID<int>::get(), "int", 4, INT32_MIN, INT32_MAX);
  _embind_register_integer(TypeID<unsigned long>::get(), "unsigned long", 4, 0, UINT32_MAX);
  _embind_register_float(TypeID<float>::get(), "float", 4);
  _embind_register_float(TypeID<double>::get(), "double", 8);
#endif

// What arguments are called, for the declarations that Emscripten writes.
#ifdef SOFTMAX_DECLARATIONS
#define SIGNATURE(name, ...) #name "(" #__VA_ARGS__ ")"
#else
#define SIGNATURE(name, ...) #name
#endif
#define ENUM(T, name) emscripten::constant(#T "_" #name, static_cast<int>(sm::T::name));
#define FUNCTION(name, f, ...) emscripten::function(SIGNATURE(name, __VA_ARGS__), f);
#define OP(name, ...) FUNCTION(name, &Call<&sm::name>::wire, __VA_ARGS__)
  emscripten::constant("abi_version", 1);
  FUNCTION(allocate, &allocate, bytes)
  FUNCTION(release, &release, address)
#include "ops.def"
}

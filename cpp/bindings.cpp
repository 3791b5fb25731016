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

// Room for so many bytes, its address a multiple of 16; 0 when there is none.
uintptr_t allocate(size_t bytes) {
  const size_t whole = (bytes + 15) & ~size_t{15};
  return whole < bytes ? 0 : reinterpret_cast<uintptr_t>(std::aligned_alloc(16, whole));
}
void release(uintptr_t address) { std::free(reinterpret_cast<void*>(address)); }

}  // namespace

EMSCRIPTEN_BINDINGS(softmax_wasm) {
  emscripten::constant("abi_version", 1);
  emscripten::function("allocate(bytes)", &allocate);
  emscripten::function("release(address)", &release);

#define ENUM(T, name) emscripten::constant(#T "_" #name, static_cast<int>(sm::T::name));
#define OP(name, ...) emscripten::function(#name "(" #__VA_ARGS__ ")", &Call<&sm::name>::wire);
#include "ops.def"
}

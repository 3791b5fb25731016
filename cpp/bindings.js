// Numbers cross, nothing else does: what Embind would do for strings, views and JavaScript values is left out of the
// glue, a quarter of its size. (Read by Emscripten when it links; it replaces functions of its own by these.)
addToLibrary({
  _embind_register_emval: () => {},
  _embind_register_emval__deps: [],
  _embind_register_memory_view: () => {},
  _embind_register_memory_view__deps: [],
  _embind_register_std_string: () => {},
  _embind_register_std_string__deps: [],
  _embind_register_std_wstring: () => {},
  _embind_register_std_wstring__deps: [],
});

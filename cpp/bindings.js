// Numbers cross, by functions of which each has a name of its own, and nothing else does: what Embind would do for
// strings, views, JavaScript values, values behind pointers, overloads, destructors, types it does not know or knows
// twice, and errors of its own classes is left out of the glue. (Read by Emscripten when it links; it replaces
// functions of its own by these.)
addToLibrary({
  _embind_register_emval: () => {},
  _embind_register_emval__deps: [],
  _embind_register_memory_view: () => {},
  _embind_register_memory_view__deps: [],
  _embind_register_std_string: () => {},
  _embind_register_std_string__deps: [],
  _embind_register_std_wstring: () => {},
  _embind_register_std_wstring__deps: [],
  $integerReadValueFromPointer: () => {},
  $integerReadValueFromPointer__deps: [],
  $floatReadValueFromPointer: () => {},
  $floatReadValueFromPointer__deps: [],
  $exposePublicSymbol: () => {},
  $exposePublicSymbol__deps: [],
  $replacePublicSymbol: (name, value) => {
    Module[name] = value;
  },
  $replacePublicSymbol__deps: [],
  $throwUnboundTypeError: () => {},
  $throwUnboundTypeError__deps: ["$getTypeName"], // which Emscripten itself needs when it writes the glue
  $registerType: (id, type) => {
    registeredTypes[id] = type;
    awaitingDependencies[id]?.forEach((ready) => ready());
  },
  $registerType__deps: ["$registeredTypes", "$awaitingDependencies"],
  $whenDependentTypesAreResolved: (own, needed, ready) => {
    const missing = needed.find((id) => !registeredTypes[id]);
    if (missing) {
      (awaitingDependencies[missing] ??= []).push(() => whenDependentTypesAreResolved(own, needed, ready));
    } else {
      ready(needed.map((id) => registeredTypes[id]));
    }
  },
  $whenDependentTypesAreResolved__deps: ["$registeredTypes", "$awaitingDependencies"],
  $embind__requireFunction: (_signature, pointer) => wasmTable.get(pointer),
  $embind__requireFunction__deps: ["$wasmTable"],
  $usesDestructorStack: () => false,
  $usesDestructorStack__deps: [],
  $runDestructors: () => {},
  $getFunctionName: (signature) => signature.split("(")[0],
  $InternalError: "=Error",
  $InternalError__postset: "",
  $BindingError: "=Error",
  $BindingError__postset: "",
  $createNamedFunction: (_name, body) => body,
  $createNamedFunction__postset: "",
});

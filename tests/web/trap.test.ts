// A trap inside a module should be impossible. If one happens, its memory may be half written: the instance is dead.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { load } from "softmax-wasm";
import { trapping } from "./binary.js";

const variant = "scalar";
const wasm = new Uint8Array(readFileSync(fileURLToPath(import.meta.resolve(`softmax-wasm/${variant}.wasm`))));
const symbols = readFileSync(new URL(`../../wasm/${variant}.js.symbols`, import.meta.url), "utf8");

/** An instance in which a function, named as the linker names it, traps. */
const broken = (name: RegExp) => {
  const index = symbols.split("\n").find((line) => name.test(line));
  assert.ok(index, `no function ${name}`);
  return load({ variant, bytes: trapping(wasm, Number.parseInt(index, 10)) });
};

const dead = (op: string) => ({
  name: "ReferenceError",
  message: `${op}: the module has trapped in an earlier call and is not used again; load() makes a new instance`,
});

test("a trap in a kernel is told as it is; every later call says that the instance is dead", async () => {
  const sm = await broken(/^\d+:.*Call<&sm::row_census/);
  const x = sm.resident([1, 2]);
  const stats = { nanRows: 7, emptyRows: 7 };
  assert.deepEqual(sm.softmax([1, 1]), Float32Array.of(0.5, 0.5)); // the others work until then
  assert.throws(() => sm.softmax([1, 2], { stats }), WebAssembly.RuntimeError);
  assert.deepEqual(stats, { nanRows: 7, emptyRows: 7 });

  assert.throws(() => sm.softmax([1, 2]), dead("softmax"));
  assert.throws(() => sm.logSumExpVjp([1, 2], [1]), dead("logSumExpVjp"));
  assert.throws(() => sm.softmaxStateFold([1, 2]), dead("softmaxStateFold"));
  assert.throws(() => sm.resident(3), dead("resident"));
  assert.throws(() => x.read(), dead("read"));
  assert.throws(() => x.write([1, 2]), dead("write"));
  x.free(); // nothing left to do
  x.free();
  assert.throws(() => x.read(), { name: "ReferenceError", message: "read: this is a Resident that has been freed" });
});

test("the shorter way of calls that say no more than cols and out is no other", async () => {
  for (const way of ["arrays", "residents"]) {
    const sm = await broken(/^\d+:.*Call<&sm::log_softmax\\28/);
    const [x, y] = [sm.resident([1, 2]), sm.resident(2)];
    const call = () => (way === "arrays" ? sm.logSoftmax(Float32Array.of(1, 2)) : sm.logSoftmax(x, { out: y }));
    assert.deepEqual(sm.softmax(Float32Array.of(1, 1)), Float32Array.of(0.5, 0.5));
    assert.throws(call, WebAssembly.RuntimeError);
    assert.throws(call, dead("logSoftmax"));
    assert.throws(() => sm.softmax(Float32Array.of(1, 1)), dead("softmax"));
    assert.throws(() => sm.softmax([1, 1]), dead("softmax"));
  }
});

test("another instance is not touched by it", async () => {
  const [sm, other] = [await broken(/^\d+:.*Call<&sm::row_census/), await load({ variant })];
  assert.throws(() => sm.softmax([1, 2], { stats: { nanRows: 0, emptyRows: 0 } }), WebAssembly.RuntimeError);
  assert.deepEqual(other.softmax([1, 1]), Float32Array.of(0.5, 0.5));
});

test("a trap while memory is sought or given back kills the instance too", async () => {
  const seeking = await broken(/^\d+:.*\ballocate\\28/);
  assert.throws(() => seeking.resident(3), WebAssembly.RuntimeError);
  assert.throws(() => seeking.resident(3), dead("resident"));
  const giving = await broken(/^\d+:.*\brelease\\28/);
  const r = giving.resident(3);
  assert.throws(() => r.free(), WebAssembly.RuntimeError);
  assert.throws(() => giving.softmax([1]), dead("softmax"));
});

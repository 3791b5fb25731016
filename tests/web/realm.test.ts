// Arrays of another realm, such as a frame or a test runner's sandbox: its Float32Array is not ours.
import assert from "node:assert/strict";
import { test } from "node:test";
import { runInNewContext } from "node:vm";
import { load } from "softmax-wasm";

const sm = await load();

test("arrays of another realm are arrays", () => {
  const foreign = runInNewContext("new Float32Array([1, 2, 3])") as Float32Array;
  assert.ok(!(foreign instanceof Float32Array));
  assert.deepEqual(sm.softmax(foreign), sm.softmax([1, 2, 3]));
  sm.softmax([1, 2, 3], { out: foreign });
  assert.deepEqual([...foreign], [...sm.softmax([1, 2, 3])]);
  const doubles = runInNewContext("new Float64Array([1, 2, 3])") as Float64Array;
  assert.deepEqual(sm.softmax(doubles), sm.softmax([1, 2, 3]));
});

test("and their masks are masks", () => {
  const mask = runInNewContext("new Uint8Array([1, 0, 1])") as Uint8Array;
  assert.deepEqual(sm.softmax([1, 2, 3], { mask }), sm.softmax([1, 2, 3], { mask: Uint8Array.of(1, 0, 1) }));
  const seen = sm.attention([1], [1, 2, 3], [1, 2, 3], { dim: 1, keepMask: mask });
  assert.deepEqual(seen, sm.attention([1], [1, 3], [1, 3], { dim: 1 }));
});

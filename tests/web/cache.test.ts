// Keys and values that stay in the module, as floats and as halves, and every wrong call with its sentence.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, test } from "node:test";
import { load } from "softmax-wasm";
import { batch, dim, heads, k, keys, kvHeads, near, q, rows, tensor, v } from "./heads.js";
import { bits, random } from "./samples.js";

const sm = await load();
sm.softmax([1]);
const wrong = (value: unknown) => value as never;

describe("kvCache", () => {
  test("decodes what one call gives, token by token and in blocks", () => {
    const [x, y, z] = [tensor([batch, heads, keys, dim], 7), k, v];
    const whole = { data: sm.attention(x, y, z, { causal: true }).data, dims: x.dims };
    for (const steps of [[1, 1, 1, 1, 1, 1, 1, 1, 1], [4, 1, 3, 1], [9]]) {
      const cache = sm.kvCache({ batch, kvHeads, dim, capacity: 12 });
      for (const n of steps) {
        const from = cache.length;
        cache.append(rows(y, from, from + n), rows(z, from, from + n));
        near(cache.attend(rows(x, from, from + n)).data, rows(whole, from, from + n).data);
      }
      assert.equal(cache.length, keys);
      cache.free();
    }
  });

  test("forgets, and begins again", () => {
    const cache = sm.kvCache({ batch, kvHeads, dim, capacity: keys });
    assert.ok(cache.attend(q).data.every((x) => Object.is(x, 0))); // nothing to see
    cache.append(k, v);
    const wanted = bits(cache.attend(q).data);
    cache.truncate(5);
    cache.append(rows(k, 5, 9), rows(v, 5, 9));
    assert.deepEqual(bits(cache.attend(q).data), wanted);
    cache.reset();
    assert.equal(cache.length, 0);
    cache.append(k, v);
    assert.deepEqual(bits(cache.attend(q).data), wanted);
    cache.free();
    cache.free();
  });

  test("gives its memory back", () => {
    const before = sm.liveBytes();
    sm.kvCache({ dim: 64, capacity: 100 }).free();
    assert.equal(sm.liveBytes(), before);
    {
      using cache = sm.kvCache({ dim: 64, capacity: 100 });
      assert.equal(sm.liveBytes(), before + 2 * 64 * 128 * 4); // room by multiples of 64 positions
      assert.equal(cache.length, 0);
    }
    assert.equal(sm.liveBytes(), before);
  });

  test("is freed by free() alone where the engine has no Symbol.dispose", () => {
    const code = `
      const without = Object.create(Symbol, { dispose: { value: undefined } });
      Object.defineProperty(globalThis, "Symbol", { value: without });
      const { load } = await import("softmax-wasm");
      const sm = await load();
      const [cache, resident] = [sm.kvCache({ dim: 2, capacity: 1 }), sm.resident(1)];
      cache.append([1, 2], [3, 4]);
      console.log(String(cache.attend([1, 1])), "undefined" in cache, "undefined" in resident);
      cache.free();
      resident.free();
    `;
    const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "--eval", code], {
      encoding: "utf8",
    });
    assert.equal(stdout, "3,4 false false\n", stderr);
  });
});

describe("a kvCache of halves", () => {
  /** Patterns of halves, a few of them subnormal, infinite and, where it is said, NaN; and their floats. */
  const halves = (n: number, seed: number, special: readonly number[]) => {
    const next = random(seed);
    const patterns = Uint16Array.from({ length: n }, () => (next() & 0x83ff) | 0x3000 | (next() & 0xc00));
    special.forEach((pattern, i) => {
      patterns[(i * 37) % n] = pattern;
    });
    using floats = sm.resident(patterns, { dtype: "float16" });
    return { patterns, floats: floats.read() };
  };
  const finite = [0, 0x8000, 1, 0x83ff, 0x7bff];

  for (const special of [finite, [...finite, 0x7c00], [...finite, 0xfc00, 0x7e01]]) {
    test(`attends with the bits of one of floats, to ${special.map((h) => h.toString(16)).join(", ")} too`, () => {
      const n = batch * kvHeads * 70 * dim;
      const [y, z] = [halves(n, 1, special), halves(n, 2, special)];
      const sizes = { batch, kvHeads, dim, capacity: 100 };
      using whole = sm.kvCache(sizes);
      using half = sm.kvCache({ ...sizes, dtype: "float16" });
      using narrow = sm.kvCache({ ...sizes, dtype: "float16" });
      whole.append(y.floats, z.floats);
      half.append(y.floats, z.floats);
      narrow.append(y.patterns, z.patterns, { dtype: "float16" });
      for (const queries of [1, 3, 20]) {
        const x = tensor([batch, heads, queries, dim], queries);
        for (const options of [{}, { window: 20 }, { causal: false, softcap: 5 }]) {
          const wanted = whole.attend(x, { ...options, lse: true });
          for (const cache of [half, narrow]) {
            const got = cache.attend(x, { ...options, lse: true });
            assert.deepEqual(bits(got.out.data), bits(wanted.out.data));
            assert.deepEqual(bits(got.lse), bits(wanted.lse));
          }
        }
      }
    });
  }

  test("rounds what is appended to nearest even, and beyond the largest half to infinity", () => {
    const values = [1 + 2 ** -11, 1 + 3 * 2 ** -11, 2 ** -24, 2 ** -25, 65519, 65520, -65520, Number.NaN];
    using cache = sm.kvCache({ dim: 1, valueDim: values.length, capacity: 1, dtype: "float16" });
    cache.append([1], values);
    const kept = [1, 1 + 2 ** -9, 2 ** -24, 0, 65504, Infinity, -Infinity, Number.NaN];
    assert.deepEqual(cache.attend([1]), Float32Array.from(kept));
  });

  test("takes half the memory, and gives it back", () => {
    const before = sm.liveBytes();
    const sizes = { batch: 2, kvHeads: 3, dim: 5, valueDim: 7, capacity: 11 };
    const whole = sm.kvCache(sizes);
    const all = sm.liveBytes() - before;
    whole.free();
    const half = sm.kvCache({ ...sizes, dtype: "float16" });
    assert.equal(sm.liveBytes() - before, all / 2);
    half.free();
    assert.equal(sm.liveBytes(), before);
  });

  test("appends at odd places and forgets as one of floats does", () => {
    const sizes = { kvHeads: 3, dim: 1, valueDim: 3, capacity: 7 };
    using whole = sm.kvCache(sizes);
    using half = sm.kvCache({ ...sizes, dtype: "float16" });
    for (const [n, keep] of [
      [1, 1],
      [3, 3],
      [2, 4],
      [3, 7],
    ] as const) {
      const [y, z] = [halves(3 * n, n, []), halves(9 * n, n + 1, [])];
      for (const cache of [whole, half]) {
        cache.append(y.floats, z.floats);
        cache.truncate(keep);
      }
      assert.deepEqual(bits(half.attend([1, -1, 2])), bits(whole.attend([1, -1, 2])));
    }
  });
});

const x = Float32Array.of(1, 2, 3, 4);
const cache = sm.kvCache({ batch, kvHeads, dim, capacity: 4 });
const freed = sm.kvCache({ dim: 2, capacity: 4 });
freed.free();
const cases: [kind: new (message: string) => Error, message: string, call: () => unknown][] = [
  [
    RangeError,
    "kvCache: capacity is 0; it is a whole number from 1 to 2147483647",
    () => sm.kvCache({ dim: 2, capacity: 0 }),
  ],
  [RangeError, "append: 9 positions do not fit; the cache holds 0 of 4", () => cache.append(k, v)],
  [
    RangeError,
    "append: k holds 4 values, which do not fill rows of batch 2, kvHeads 2 and dim 6",
    () => cache.append(x, x),
  ],
  [
    RangeError,
    "append: v holds 4 values; for the 1 positions of k it holds 24",
    () => cache.append(new Float32Array(24), x),
  ],
  [RangeError, "truncate: length is 1; the cache holds 0", () => cache.truncate(1)],
  [RangeError, "attend: kvHeads is 2; it divides heads, 3", () => cache.attend(new Float32Array(36), { heads: 3 })],
  [ReferenceError, "attend: the cache has been freed", () => freed.attend(x)],
  [ReferenceError, "append: the cache has been freed", () => freed.append(x, x)],
  [
    RangeError,
    'kvCache: dtype is "bfloat16"; it is one of "float32", "float16"',
    () => sm.kvCache({ dim: 2, capacity: 1, dtype: wrong("bfloat16") }),
  ],
  [
    RangeError,
    'append: dtype is "float32"; it is one of "float16", "bfloat16"',
    () => cache.append(x, x, { dtype: wrong("float32") }),
  ],
];
describe("a wrong call of a cache", () => {
  for (const [kind, message, call] of cases) {
    test(message, () =>
      assert.throws(
        call,
        (error: Error) =>
          (error instanceof kind && error.message === message) || assert.fail(`${error.name}: ${error.message}`),
      ),
    );
  }
});

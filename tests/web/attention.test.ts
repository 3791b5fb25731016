// Attention as a caller meets it: layouts, parts, gradients, and every wrong call with its sentence.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { load } from "softmax-wasm";
import { batch, dim, heads, k, keys, kvHeads, near, q, queries, rows, sizes, tensor, v } from "./heads.js";
import { bits } from "./samples.js";

const sm = await load();
sm.softmax([1]);
const wrong = (value: unknown) => value as never;

describe("attention", () => {
  test("is what its definition says", () => {
    const { out, lse } = sm.attention(q, k, v, { causal: true, lse: true });
    for (let row = 0; row < batch * heads * queries; row++) {
      const [i, h, b] = [row % queries, Math.floor(row / queries) % heads, Math.floor(row / queries / heads)];
      const kv = (b * kvHeads + Math.floor(h / 2)) * keys;
      const s = Array.from({ length: i + keys - queries + 1 }, (_, j) => {
        let sum = 0;
        for (let d = 0; d < dim; d++) sum += q.data[row * dim + d]! * k.data[(kv + j) * dim + d]!;
        return sum / Math.sqrt(dim);
      });
      const total = s.reduce((sum, x) => sum + Math.exp(x), 0);
      assert.ok(Math.abs(lse[row]! - Math.log(total)) < 1e-6);
      for (let d = 0; d < dim; d++) {
        const exact = s.reduce((sum, x, j) => sum + (Math.exp(x) / total) * v.data[(kv + j) * dim + d]!, 0);
        assert.ok(Math.abs(out.data[row * dim + d]! - exact) < 2e-6);
      }
    }
    assert.deepEqual(out.dims, [batch, heads, queries, dim]);
  });

  test("arrays, tensors and residents give the same bits, and out receives them", () => {
    const wanted = bits(sm.attention(q, k, v).data);
    assert.deepEqual(bits(sm.attention(q.data, k.data, v.data, sizes)), wanted);
    const [a, b, c, o] = [sm.resident(q.data), sm.resident(k.data), sm.resident(v.data), sm.resident(q.data.length)];
    assert.equal(sm.attention(a, b, c, { ...sizes, out: o }), o);
    assert.deepEqual(bits(o.read()), wanted);
    const lse = new Float32Array(batch * heads * queries);
    const into = sm.attention(q, k, v, { out: q.data.slice(), lse });
    assert.equal(into.lse, lse);
    assert.deepEqual(bits(into.out), wanted);
    for (const one of [a, b, c, o]) one.free();
  });

  test("sequences of different lengths are calls of their own", () => {
    const [x, y] = [tensor([1, 2, 8, 4], 5), tensor([1, 2, 8, 4], 6)];
    const all = sm.attention(x.data, y.data, y.data, {
      heads: 2,
      dim: 4,
      queryStarts: [0, 4, 4, 8],
      keyStarts: [0, 3, 5, 8],
      causal: true,
    });
    [
      [0, 4, 0, 3],
      [4, 8, 5, 8],
    ].forEach(([from, to, first, last]) => {
      const part = rows(y, first!, last!);
      const own = sm.attention(rows(x, from!, to!), part, part, { causal: true });
      assert.deepEqual(bits(rows({ data: all, dims: x.dims }, from!, to!).data), bits(own.data));
    });
  });

  test("masks broadcast as their dims say", () => {
    const some = new Uint8Array(batch * keys).map((_, i) => Number(i % 3 > 0));
    const whole = new Uint8Array(batch * heads * queries * keys).map(
      (_, i) => some[Math.floor(i / (heads * queries * keys)) * keys + (i % keys)]!,
    );
    const wanted = bits(sm.attention(q, k, v, { keepMask: whole }).data);
    assert.deepEqual(bits(sm.attention(q, k, v, { keepMask: { data: some, dims: [batch, 1, 1, keys] } }).data), wanted);
    const bias = { data: Float32Array.from(some, (keep) => (keep ? 0 : -Infinity)), dims: [batch, 1, 1, keys] };
    assert.deepEqual(bits(sm.attention(q, k, v, { bias }).data), wanted);
  });

  test("parts over different keys merge into the whole", () => {
    const whole = sm.attention(q, k, v, { lse: true });
    const [a, b] = [
      [0, 4],
      [4, 9],
    ].map(([from, to]) => {
      const { out, lse } = sm.attention(q, rows(k, from!, to!), rows(v, from!, to!), { lse: true });
      return { out, lse };
    });
    const merged = sm.mergeAttention(a!, b!);
    near(merged.out, whole.out.data);
    near(merged.lse, whole.lse);
  });

  test("the gradient of the sum of out by a value is the weight it gets", () => {
    const result = sm.attention(q, k, v, { lse: true });
    const ones = new Float32Array(q.data.length).fill(1);
    const { dv } = sm.attentionVjp(q, k, v, result, ones);
    const sum = dv.reduce((a, b) => a + b, 0);
    assert.ok(Math.abs(sum - q.data.length) < 1e-3); // the weights of a query sum to 1
  });
});

const x = Float32Array.of(1, 2, 3, 4);
const one = { dim: 2 };
const held = sm.resident(4);
const freed = sm.resident(4);
freed.free();
const pair = new Float32Array(4);

const kinds = "it is a Float32Array, Float16Array, number[], Float64Array, Resident or tensor { data, dims }";
const cases: [kind: new (message: string) => Error, message: string, call: () => unknown][] = [
  [TypeError, `attention: q is null; ${kinds}`, () => sm.attention(wrong(null), x, x, one)],
  [TypeError, `attention: k is 3; ${kinds}`, () => sm.attention(x, wrong(3), x, one)],
  [TypeError, `attention: v is undefined; ${kinds}`, () => sm.attention(x, x, wrong(undefined), one)],
  [TypeError, "attention: options is 3; it is an object such as { cols: 10 }", () => sm.attention(x, x, x, wrong(3))],
  [
    RangeError,
    "attention: dim is missing; it is a whole number, or q is a tensor [batch, heads, queries, dim]",
    () => sm.attention(x, x, x),
  ],
  [
    RangeError,
    "attention: dim is 0; it is a whole number from 1 to 2147483647",
    () => sm.attention(x, x, x, { dim: 0 }),
  ],
  [
    TypeError,
    'attention: heads is "2"; it is a whole number from 0 to 2147483647',
    () => sm.attention(x, x, x, { dim: 2, heads: wrong("2") }),
  ],
  [
    RangeError,
    "attention: batch is -1; it is a whole number from 0 to 2147483647",
    () => sm.attention(x, x, x, { dim: 2, batch: -1 }),
  ],
  [
    RangeError,
    "attention: q has dims [2, 2]; they are [batch, heads, rows, dim]",
    () => sm.attention({ data: x, dims: [2, 2] }, x, x),
  ],
  [RangeError, "attention: dim is 3, and in its tensor 6", () => sm.attention(q, k, v, { dim: 3 })],
  [RangeError, "attention: kvHeads is 2; it divides heads, 1", () => sm.attention(x, x, x, { dim: 2, kvHeads: 2 })],
  [
    RangeError,
    "attention: q holds 4 values, which do not fill rows of batch 1, heads 1 and dim 3 (3)",
    () => sm.attention(x, x, x, { dim: 3 }),
  ],
  [RangeError, "attention: v has 1 rows a head, k has 2", () => sm.attention(x, x, x.subarray(2), one)],
  [
    RangeError,
    'attention: causal is "left"; it is true, false, "bottom-right" or "top-left"',
    () => sm.attention(x, x, x, { dim: 2, causal: wrong("left") }),
  ],
  [
    TypeError,
    'attention: window is "2"; it is a whole number of keys, or two: before and after',
    () => sm.attention(x, x, x, { dim: 2, window: wrong("2") }),
  ],
  [
    RangeError,
    "attention: window is -2; it is a whole number from 0 to 2147483647",
    () => sm.attention(x, x, x, { dim: 2, window: -2 }),
  ],
  [
    TypeError,
    "attention: keepMask is Array; it is a Uint8Array or tensor { data, dims } of one, 1 = keep",
    () => sm.attention(x, x, x, { dim: 2, keepMask: wrong([1, 1]) }),
  ],
  [
    RangeError,
    "attention: keepMask holds 3 values; it is [keys], [queries, keys] or [batch, heads, queries, keys], here [1, 1, 2, 2]",
    () => sm.attention(x, x, x, { dim: 2, keepMask: new Uint8Array(3) }),
  ],
  [
    RangeError,
    "attention: bias has dims [3, 1, 2, 2]; it is [keys], [queries, keys] or [batch, heads, queries, keys], here [1, 1, 2, 2]",
    () => sm.attention(x, x, x, { dim: 2, bias: tensor([3, 1, 2, 2]) }),
  ],
  [
    RangeError,
    "attention: keyLengths holds 2 values, batch is 1",
    () => sm.attention(x, x, x, { dim: 2, keyLengths: [1, 2] }),
  ],
  [
    RangeError,
    "attention: keyLengths[0] is 3; there are 2 keys",
    () => sm.attention(x, x, x, { dim: 2, keyLengths: [3] }),
  ],
  [
    TypeError,
    "attention: keyLengths is 3; it is an array of whole numbers",
    () => sm.attention(x, x, x, { dim: 2, keyLengths: wrong(3) }),
  ],
  [
    RangeError,
    "attention: scale is NaN; it is a finite number",
    () => sm.attention(x, x, x, { dim: 2, scale: Number.NaN }),
  ],
  [
    TypeError,
    'attention: scale is "1"; it is a finite number',
    () => sm.attention(x, x, x, { dim: 2, scale: wrong("1") }),
  ],
  [
    RangeError,
    "attention: softcap is -1; it is a positive number, or 0 for none",
    () => sm.attention(x, x, x, { dim: 2, softcap: -1 }),
  ],
  [RangeError, "attention: alibi holds 2 values, heads is 1", () => sm.attention(x, x, x, { dim: 2, alibi: [1, 2] })],
  [
    RangeError,
    "attention: sinks[0] is NaN; it is a number",
    () => sm.attention(x, x, x, { dim: 2, sinks: [Number.NaN] }),
  ],
  [
    RangeError,
    "attention: out holds 3 values, the result 4",
    () => sm.attention(x, x, x, { dim: 2, out: new Float32Array(3) }),
  ],
  [
    RangeError,
    "attention: out is q itself; it is memory of its own",
    () => sm.attention(held, x, x, { dim: 2, out: held }),
  ],
  [
    RangeError,
    "attention: lse holds 3 values, the number of rows is 2",
    () => sm.attention(x, x, x, { dim: 2, lse: new Float32Array(3) }),
  ],
  [
    RangeError,
    "attention: of queryStarts and keyStarts one is missing; both say where sequences begin, or neither",
    () => sm.attention(x, x, x, { dim: 2, queryStarts: [0, 2] }),
  ],
  [
    RangeError,
    "attention: queryStarts[2] is 1; they begin with 0 and do not fall",
    () => sm.attention(x, x, x, { dim: 2, queryStarts: [0, 2, 1], keyStarts: [0, 1, 2] }).length,
  ],
  [
    RangeError,
    "attention: keyStarts ends with 1; there are 2 rows a head",
    () => sm.attention(x, x, x, { dim: 2, queryStarts: [0, 2], keyStarts: [0, 1] }),
  ],
  [
    RangeError,
    "attention: keepMask is given beside queryStarts; sequences of different lengths have no such array",
    () => sm.attention(x, x, x, { dim: 2, queryStarts: [0, 2], keyStarts: [0, 2], keepMask: new Uint8Array(2) }),
  ],
  [
    TypeError,
    "attentionVjp: result is 3; it is { out, lse }, as attention returns with lse: true",
    () => sm.attentionVjp(x, x, x, wrong(3), x, one),
  ],
  [
    RangeError,
    "attentionVjp: result.lse holds 3 values, the number of rows is 2",
    () => sm.attentionVjp(x, x, x, { out: x, lse: [1, 2, 3] }, x, one),
  ],
  [
    TypeError,
    "attentionVjp: out is Float32Array; it is an object of some of dq, dk, dv, dsinks",
    () => sm.attentionVjp(x, x, x, { out: x, lse: [1, 2] }, x, { dim: 2, out: wrong(x) }),
  ],
  [
    RangeError,
    "attentionVjp: out.dk holds 3 values, the result 4",
    () => sm.attentionVjp(x, x, x, { out: x, lse: [1, 2] }, x, { dim: 2, out: { dk: new Float32Array(3) } }),
  ],
  [
    RangeError,
    "attentionVjp: out.dsinks holds 1 values, the result 0",
    () => sm.attentionVjp(x, x, x, { out: x, lse: [1, 2] }, x, { dim: 2, out: { dsinks: new Float32Array(1) } }),
  ],
  [
    RangeError,
    "attentionVjp: out.dk lies over out.dq; it is memory of its own",
    () => sm.attentionVjp(x, x, x, { out: x, lse: [1, 2] }, x, { dim: 2, out: { dq: held, dk: held } }),
  ],
  [
    ReferenceError,
    "attentionVjp: out.dv is a Resident that has been freed",
    () => sm.attentionVjp(x, x, x, { out: x, lse: [1, 2] }, x, { dim: 2, out: { dv: freed } }),
  ],
  [
    RangeError,
    "attention: lse lies over out; it is memory of its own",
    () => sm.attention(x, x, x, { dim: 2, out: pair, lse: pair.subarray(1, 3) }),
  ],
  [
    ReferenceError,
    "mergeAttention: lse is a Resident that has been freed",
    () => sm.mergeAttention({ out: x, lse: x }, { out: x, lse: x }, { lse: freed }),
  ],
  [
    RangeError,
    "attentionVjp: dout holds 1 values, the output holds 4",
    () => sm.attentionVjp(x, x, x, { out: x, lse: [1, 2] }, [1], one),
  ],
  [
    RangeError,
    "mergeAttention: b.out holds 2 values, a.out 4",
    () => sm.mergeAttention({ out: x, lse: [1, 2] }, { out: [1, 2], lse: [1, 2] }),
  ],
  [
    RangeError,
    "mergeAttention: a.out holds 4 values, which do not fill the 3 rows of a.lse",
    () => sm.mergeAttention({ out: x, lse: [1, 2, 3] }, { out: x, lse: [1, 2, 3] }),
  ],
];
describe("a wrong call of attention", () => {
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

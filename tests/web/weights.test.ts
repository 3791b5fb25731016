// attentionWeights across the boundary: shapes, what can be wanted of the weights, and every wrong call.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { load } from "softmax-wasm";
import { bits, keeps, scores } from "./samples.js";

const sm = await load();
sm.softmax([1]);
const wrong = (value: unknown) => value as never;

const [batch, heads, queries, keys, dim] = [2, 4, 5, 7, 6];
const sizes = { batch, heads, kvHeads: 2, dim };
const q = scores(batch * heads * queries * dim, 1, 2);
const k = scores(batch * 2 * keys * dim, 2, 2);

/** The scores of each query, [batch heads queries][keys], before any map. */
const dots = (): number[][] =>
  Array.from({ length: batch * heads * queries }, (_, r) => {
    const [b, h] = [Math.floor(r / heads / queries), Math.floor(r / queries) % heads];
    const kv = b * 2 + Math.floor(h / 2);
    return Array.from({ length: keys }, (_, j) => {
      let sum = 0;
      for (let d = 0; d < dim; d++) sum += q[r * dim + d]! * k[(kv * keys + j) * dim + d]!;
      return sum / Math.sqrt(dim);
    });
  });
const near = (got: ArrayLike<number>, wanted: ArrayLike<number>, within: number) => {
  assert.equal(got.length, wanted.length);
  for (let i = 0; i < got.length; i++)
    assert.ok(Math.abs(got[i]! - wanted[i]!) <= within, `[${i}] ${got[i]} for ${wanted[i]}`);
};

test("the matrix is the map of the scores, for each map", () => {
  const flat = Float32Array.from(dots().flat());
  near(sm.attentionWeights(q, k, sizes), sm.softmax(flat, { cols: keys }), 1e-6);
  near(sm.attentionWeights(q, k, { ...sizes, map: "sparsemax" }), sm.sparsemax(flat, { cols: keys }), 4e-6);
  near(sm.attentionWeights(q, k, { ...sizes, map: "entmax15" }), sm.entmax15(flat, { cols: keys }), 4e-6);
  const entmax = sm.attentionWeights(q, k, { ...sizes, map: "entmax", alpha: 1.2 });
  near(entmax, sm.entmax(flat, { cols: keys, alpha: 1.2 }), 4e-6);
  near(sm.attentionWeights(q, k, { ...sizes, stage: "raw" }), flat, 1e-5);
  const capped = sm.attentionWeights(q, k, { ...sizes, stage: "capped", softcap: 2 });
  near(
    capped,
    flat.map((s) => 2 * Math.tanh(s / 2)),
    1e-5,
  );
  const biased = sm.attentionWeights(q, k, { ...sizes, stage: "biased", causal: true });
  flat.forEach((s, i) => {
    const hidden = i % keys > (Math.floor(i / keys) % queries) + keys - queries;
    assert.ok(hidden ? biased[i] === -Infinity : Math.abs(biased[i]! - s) < 1e-5);
  });
});

test("tensors bring their sizes and give a tensor; halves give halves", () => {
  const plain = sm.attentionWeights(q, k, sizes);
  const tensors = [
    { data: q, dims: [batch, heads, queries, dim] },
    { data: k, dims: [batch, 2, keys, dim] },
  ] as const;
  assert.deepEqual(sm.attentionWeights(...tensors), { data: plain, dims: [batch, heads, queries, keys] });
  const out = new Float32Array(plain.length);
  assert.equal(sm.attentionWeights(q, k, { ...sizes, out }), out);
  assert.deepEqual(bits(out), bits(plain));
  const half = sm.attentionWeights(new Uint16Array(12), new Uint16Array(12), { dim: 3, dtype: "float16" });
  assert.deepEqual(half, new Uint16Array(16).fill(0x3400)); // a quarter
});

test("what is asked of the weights is what the matrix says, without it", () => {
  const before = sm.liveBytes();
  const options = { ...sizes, causal: true, keepMask: keeps(keys) };
  const w = sm.attentionWeights(q, k, options);
  const said = sm.attentionWeights(q, k, {
    ...options,
    summary: { largest: 3, entropy: true, peak: true, mean: true },
  });
  const rows = batch * heads * queries;
  for (let r = 0; r < rows; r++) {
    const row = Array.from(w.subarray(r * keys, (r + 1) * keys));
    const order = row.map((_, j) => j).filter((j) => row[j]! > 0);
    order.sort((i, j) => row[j]! - row[i]! || i - j);
    const first = [0, 1, 2].map((i) => order[i] ?? -1);
    assert.deepEqual([...said.keys!.subarray(r * 3, r * 3 + 3)], first);
    assert.deepEqual(
      [...said.largest!.subarray(r * 3, r * 3 + 3)],
      first.map((j) => row[j] ?? 0),
    );
    assert.equal(said.peak![r], row[order[0]!] ?? 0);
    const entropy = row.reduce((sum, p) => sum - (p > 0 ? p * Math.log(p) : 0), 0);
    assert.ok(Math.abs(said.entropy![r]! - entropy) < 2e-6);
  }
  const mean = Float32Array.from({ length: batch * queries * keys }, (_, i) => {
    const [b, rest] = [Math.floor(i / queries / keys), i % (queries * keys)];
    let sum = 0;
    for (let h = 0; h < heads; h++) sum += w[(b * heads + h) * queries * keys + rest]!;
    return sum / heads;
  });
  near(said.mean!, mean, 1e-6);
  assert.deepEqual(Object.keys(sm.attentionWeights(q, k, { ...options, summary: { peak: true } })), ["peak"]);
  assert.equal(sm.liveBytes(), before);
});

test("the gradient is that of the map, times keys and queries", () => {
  const w = sm.attentionWeights(q, k, sizes);
  const dw = scores(w.length, 3);
  const { dq, dk } = sm.attentionWeightsVjp(q, k, w, dw, sizes);
  const ds = sm.softmaxVjp(w, dw, { cols: keys });
  const [wantedQ, wantedK] = [new Float64Array(q.length), new Float64Array(k.length)];
  for (let r = 0; r < batch * heads * queries; r++) {
    const kv = Math.floor(r / heads / queries) * 2 + Math.floor((Math.floor(r / queries) % heads) / 2);
    for (let j = 0; j < keys; j++) {
      for (let d = 0; d < dim; d++) {
        const slope = ds[r * keys + j]! / Math.sqrt(dim);
        wantedQ[r * dim + d] = wantedQ[r * dim + d]! + slope * k[(kv * keys + j) * dim + d]!;
        wantedK[(kv * keys + j) * dim + d] = wantedK[(kv * keys + j) * dim + d]! + slope * q[r * dim + d]!;
      }
    }
  }
  near(dq, wantedQ, 1e-5);
  near(dk, wantedK, 1e-5);
});

describe("wrong calls", () => {
  const cases: [name: string, message: string, call: () => unknown][] = [
    [
      "RangeError",
      'attentionWeights: map is "hardmax"; it is one of "softmax", "sparsemax", "entmax15", "entmax"',
      () => sm.attentionWeights(q, k, { ...sizes, map: wrong("hardmax") }),
    ],
    [
      "RangeError",
      'attentionWeights: stage is 3; it is one of "raw", "capped", "biased", "probabilities"',
      () => sm.attentionWeights(q, k, { ...sizes, stage: wrong(3) }),
    ],
    [
      "RangeError",
      "attentionWeights: alpha is 0; it is a number above 0",
      () => sm.attentionWeights(q, k, { ...sizes, map: "entmax", alpha: 0 }),
    ],
    [
      "TypeError",
      "attentionWeights: alpha is Array; it is one number above 0, for all queries",
      () => sm.attentionWeights(q, k, { ...sizes, map: "entmax", alpha: wrong([1]) }),
    ],
    [
      "RangeError",
      'attentionWeights: sinks are given beside map "sparsemax"; they take their share of a "softmax"',
      () => sm.attentionWeights(q, k, { ...sizes, map: "sparsemax", sinks: [0, 0, 0, 0] }),
    ],
    [
      "RangeError",
      "attentionWeights: largest is 1.5; it is a whole number from 0 to 2147483647",
      () => sm.attentionWeights(q, k, { ...sizes, summary: { largest: 1.5 } }),
    ],
    [
      "TypeError",
      "attentionWeights: options is 1; it is an object such as { cols: 10 }",
      () => sm.attentionWeights(q, k, { ...sizes, summary: wrong(1) }),
    ],
    [
      "RangeError",
      "attentionWeightsVjp: w holds 3 values, the matrix of weights 280",
      () => sm.attentionWeightsVjp(q, k, [1, 2, 3], q, sizes),
    ],
    [
      "RangeError",
      "attentionWeights: out holds 3 values, the result 280",
      () => sm.attentionWeights(q, k, { ...sizes, out: new Float32Array(3) }),
    ],
  ];
  for (const [name, message, call] of cases) {
    test(message, () => {
      const before = sm.liveBytes();
      assert.throws(call, { name, message });
      assert.equal(sm.liveBytes(), before);
    });
  }
});

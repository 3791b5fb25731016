// Where attention and its gradients write when the caller says so, and what that may not be.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { load } from "softmax-wasm";
import { heads, k, keys, q, queries, rows, sizes, tensor, v } from "./heads.js";
import { bits, scores } from "./samples.js";

const sm = await load();

describe("memory of the caller's", () => {
  const sinks = [0, 1, -1, 2];
  const result = sm.attention(q, k, v, { lse: true, sinks });
  const dout = tensor(q.dims, 8);
  const bias = sm.resident(scores(queries * keys, 9));
  const names = ["dq", "dk", "dv", "dsinks"] as const;
  const lengths = { dq: q.data.length, dk: k.data.length, dv: v.data.length, dsinks: heads };

  test("receives the gradients of attention that it is given for, arrays and Residents", () => {
    const wanted = sm.attentionVjp(q, k, v, result, dout, { sinks, bias });
    const before = sm.liveBytes();
    const places = {
      dq: new Float32Array(lengths.dq),
      dk: sm.resident(lengths.dk),
      dv: new Float32Array(lengths.dv + 3).subarray(3),
      dsinks: sm.resident(lengths.dsinks),
    };
    const got = sm.attentionVjp(q, k, v, result, dout, { sinks, bias, out: places });
    for (const name of names) {
      assert.equal(got[name], places[name]);
      const values = places[name] instanceof Float32Array ? places[name] : places[name].read();
      assert.deepEqual(bits(values), bits(wanted[name]!), name);
    }
    for (const name of names) {
      const some = sm.attentionVjp(q, k, v, result, dout, { sinks, bias, out: { [name]: places[name] } });
      assert.equal(some[name], places[name]);
      for (const other of names) {
        if (other !== name) assert.deepEqual(bits(some[other]!), bits(wanted[other]!), other);
      }
    }
    places.dk.free();
    places.dsinks.free();
    assert.equal(sm.liveBytes(), before);
  });

  test("receives the gradients of attention weights", () => {
    const w = sm.attentionWeights(q, k);
    const dw = tensor(w.dims as number[], 10);
    const wanted = sm.attentionWeightsVjp(q, k, w, dw);
    const dk = sm.resident(lengths.dk);
    const got = sm.attentionWeightsVjp(q, k, w, dw, { out: { dk } });
    assert.equal(got.dk, dk);
    assert.deepEqual(bits(dk.read()), bits(wanted.dk));
    assert.deepEqual(bits(got.dq), bits(wanted.dq));
    dk.free();
  });

  test("receives what parts merge into, also in place of one of them", () => {
    const [a, b] = [
      [0, 4],
      [4, 9],
    ].map(([from, to]) => sm.attention(q, rows(k, from!, to!), rows(v, from!, to!), { lse: true })) as [
      typeof result,
      typeof result,
    ];
    const wanted = sm.mergeAttention(a, b);
    const part = ({ out, lse }: typeof result) => ({ out: sm.resident(out.data), lse: sm.resident(lse) });
    for (const place of [0, 1]) {
      const parts = [part(a), part(b)] as const;
      const merged = sm.mergeAttention(parts[0], parts[1], parts[place]);
      assert.deepEqual(merged, parts[place]);
      assert.deepEqual(bits(merged.out.read()), bits(wanted.out));
      assert.deepEqual(bits(merged.lse.read()), bits(wanted.lse));
      for (const { out, lse } of parts) {
        out.free();
        lse.free();
      }
    }
    const own = { out: a.out.data.slice(), lse: a.lse.slice() };
    assert.equal(sm.mergeAttention(own, b, { out: own.out }).out, own.out);
    assert.deepEqual(bits(own.out), bits(wanted.out));
  });

  test("is not what is still read", () => {
    const residents = {
      q: sm.resident(q.data),
      k: sm.resident(k.data),
      v: sm.resident(v.data),
      dout: sm.resident(dout.data),
      "result.out": sm.resident(result.out.data),
      "result.lse": sm.resident(result.lse),
      dlse: sm.resident(result.lse),
      bias,
    };
    const part = { out: residents["result.out"], lse: residents["result.lse"] };
    for (const [input, memory] of Object.entries(residents)) {
      for (const name of names) {
        if (memory.length !== lengths[name]) continue;
        assert.throws(
          () =>
            sm.attentionVjp(residents.q, residents.k, residents.v, part, residents.dout, {
              ...sizes,
              sinks,
              dlse: residents.dlse,
              bias,
              out: { [name]: memory },
            }),
          { name: "RangeError", message: `attentionVjp: out.${name} lies over ${input}; it is memory of its own` },
        );
      }
    }
    const [o, lse, square] = [sm.resident(queries), sm.resident(queries), sm.resident(queries * queries)];
    const small = { dim: 1, heads: 1, bias: square };
    assert.throws(() => sm.attention(o, lse, o, { ...small, out: lse }), { message: /^attention: out is k itself/ });
    const wide = { dim: 1, valueDim: queries, bias: square, out: square };
    assert.throws(() => sm.attention(o, o, q.data.subarray(0, 25), wide), {
      message: /^attention: out is bias itself/,
    });
    const same = { out: o, lse: o };
    assert.throws(() => sm.mergeAttention({ out: o, lse }, { out: o, lse }, same), {
      message: "mergeAttention: lse lies over out; it is memory of its own",
    });
    for (const memory of [o, lse, square, ...Object.values(residents)]) memory.free();
  });
});

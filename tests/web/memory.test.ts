// What crosses into the module's memory and back: nothing of the caller's is changed, nothing is lost, nothing is left.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { load, type Resident, type Softmax } from "softmax-wasm";
import { bits, keeps, type Sample, samples, scores } from "./samples.js";
import { small } from "./small.js";

const sm = await load();
sm.softmax([1]); // small calls share a block from now on

/** The library, comparing every array it is given before and after the call. */
const watched = (sm: Softmax): Softmax =>
  new Proxy(sm, {
    get(target, name: keyof Softmax) {
      const f = target[name];
      if (typeof f !== "function") return f;
      return (...given: unknown[]) => {
        const before = structuredClone(given);
        const result = (f as (...given: unknown[]) => unknown)(...given);
        assert.deepEqual(given, before, `${name} changed what it was given`);
        return result;
      };
    },
  });

describe("every function", () => {
  for (const [name, sample] of Object.entries<Sample>(samples)) {
    test(`${name} leaves its inputs as they were`, () => void sample(watched(sm)));

    test(`${name} gives back the memory it borrowed`, () => {
      const before = sm.liveBytes();
      for (let i = 0; i < 10; i++) sample(sm);
      assert.equal(sm.liveBytes(), before);
    });

    test(`${name} survives growth between two calls`, async () => {
      const own = await small();
      const before = bits(sample(own));
      for (const megabytes of [1, 2, 4]) {
        own.resident(megabytes * 2 ** 18).free();
        assert.deepEqual(bits(sample(own)), before);
      }
    });
  }
});

const x = scores(60);
const dy = scores(60, 2);
const state = sm.softmaxStateFold(x, { cols: 10 });

/** Calls that take an `out` as large as x, and which of their inputs are that large. */
type Out = Float32Array | Resident | undefined;
const mapping: Record<string, (sm: Softmax, x: Float32Array | Resident, out: Out) => unknown> = {
  softmax: (sm, x, out) => sm.softmax(x, { cols: 10, out }),
  "softmax with a mask": (sm, x, out) => sm.softmax(x, { cols: 10, out, mask: keeps(60) }),
  "softmax with maskBelow": (sm, x, out) => sm.softmax(x, { cols: 10, out, maskBelow: 0 }),
  "softmax on another axis": (sm, x, out) => sm.softmax(x, { dims: [3, 4, 5], axis: 1, out }),
  logSoftmax: (sm, x, out) => sm.logSoftmax(x, { cols: 10, out }),
  "softmaxVjp, y": (sm, x, out) => sm.softmaxVjp(x, dy, { cols: 10, out }),
  "softmaxVjp, dy": (sm, x, out) => sm.softmaxVjp(dy, x, { cols: 10, out }),
  "logSoftmaxVjp, y": (sm, x, out) => sm.logSoftmaxVjp(x, dy, { cols: 10, out }),
  "logSoftmaxVjp, dy": (sm, x, out) => sm.logSoftmaxVjp(dy, x, { cols: 10, out }),
  logSumExpVjp: (sm, x, out) => sm.logSumExpVjp(x, dy.subarray(0, 6), { cols: 10, out }),
  gumbelSoftmax: (sm, x, out) => sm.gumbelSoftmax(x, { cols: 10, out, seed: 1, maskBelow: 0 }),
  "gumbelSoftmax, noise": (sm, x, out) => sm.gumbelSoftmax(dy, { cols: 10, out, noise: x, maskBelow: 0 }),
  silu: (sm, x, out) => sm.silu(x, { out }),
  "geluVjp, dy": (sm, x, out) => sm.geluVjp(dy, x, { out }),
  crossEntropyVjp: (sm, x, out) => sm.crossEntropyVjp(x, [0, 1, 2, 3, 4, 5], 1, { cols: 10, out }),
  softmaxStateApply: (sm, x, out) => sm.softmaxStateApply(x, state, { cols: 10, out }),
};

describe("where arrays lie", () => {
  for (const [name, call] of Object.entries(mapping)) {
    const expected = bits(call(sm, x, undefined) as Float32Array);

    test(`${name}: the same bits from every offset, out of and into shared memory`, () => {
      for (const Buffer of [ArrayBuffer, SharedArrayBuffer]) {
        for (const at of [4, 8, 12, 20]) {
          const view = new Float32Array(new Buffer(1024), at, 60);
          view.set(x);
          assert.deepEqual(bits(call(sm, view, undefined) as Float32Array), expected);
          const out = new Float32Array(new Buffer(1024), at, 60);
          assert.equal(call(sm, view, out), out);
          assert.deepEqual(bits(out.slice()), expected);
          assert.deepEqual(
            new Float32Array(out.buffer).filter((v, i) => v !== 0 && (i < at / 4 || i >= at / 4 + 60)).length,
            0,
          );
        }
      }
    });

    test(`${name}: in place as apart; not where out covers a part of it`, () => {
      const own = x.slice();
      assert.equal(call(sm, own, own), own);
      assert.deepEqual(bits(own), expected);
      const both = new Float32Array(61);
      both.set(x);
      const before = both.slice();
      assert.throws(() => call(sm, both.subarray(0, 60), both.subarray(1)), {
        name: "RangeError",
        message: /out overlaps an input in part; it is the input itself, or memory of its own$/,
      });
      assert.deepEqual(both, before);
    });

    test(`${name}: a Resident gives the bits of an array, into an array, a Resident, or itself`, () => {
      const before = sm.liveBytes();
      const [r, out] = [sm.resident(x), sm.resident(60)];
      assert.deepEqual(bits(call(sm, r, undefined) as Float32Array), expected);
      assert.equal(call(sm, r, out), out);
      assert.deepEqual(bits(out.read()), expected);
      out.write(new Float32Array(60));
      assert.equal(call(sm, x, out), out);
      assert.deepEqual(bits(out.read()), expected);
      assert.deepEqual(r.read(), x, "the Resident is as it was");
      assert.equal(call(sm, r, r), r);
      assert.deepEqual(bits(r.read()), expected);
      r.free();
      out.free();
      assert.equal(sm.liveBytes(), before);
    });
  }

  test("a Resident is not overwritten by what only reads it", () => {
    const r = sm.resident(x);
    const options = { cols: 10, mask: keeps(60), maskBelow: 0 };
    assert.deepEqual(bits(sm.logSumExp(r, options)), bits(sm.logSumExp(x, options)));
    assert.deepEqual(bits(sm.softmaxStateFold(r, options)), bits(sm.softmaxStateFold(x, options)));
    assert.deepEqual(r.read(), x);
    r.free();
  });

  test("an array that has lost its buffer is no empty array", () => {
    const lost = new Float32Array(6);
    structuredClone(lost.buffer, { transfer: [lost.buffer] });
    const message = /softmax: x is a Float32Array whose buffer has been transferred or shrunk/;
    assert.throws(() => sm.softmax(lost), { name: "TypeError", message });
    assert.throws(() => sm.softmax(lost, { cols: 3 }), { name: "TypeError", message });
    assert.throws(() => sm.softmax(new Float32Array(6), { out: lost }), /out holds 0 values, the result 6/);
    assert.deepEqual(sm.softmax(new Float32Array(0)), new Float32Array(0));
  });

  test("a view of a resizable buffer is as long as it is when the call begins", () => {
    const Resizable = ArrayBuffer as unknown as new (n: number, o: object) => ArrayBuffer & { resize(n: number): void };
    const buffer = new Resizable(24, { maxByteLength: 48 });
    if (typeof buffer.resize !== "function") return;
    const [tracking, fixed] = [new Float32Array(buffer), new Float32Array(buffer, 0, 6)];
    buffer.resize(48);
    assert.equal(sm.softmax(tracking, { cols: 3 }).length, 12);
    buffer.resize(12);
    assert.equal(sm.softmax(tracking, { cols: 3 }).length, 3);
    assert.throws(() => sm.softmax(fixed, { cols: 3 }), /transferred or shrunk/);
    buffer.resize(16);
    assert.throws(() => sm.softmax(tracking, { cols: 3 }), /x holds 4 values, which do not fill rows of 3/);
  });
});

describe("a Resident", () => {
  test("holds what is written, zeros before", () => {
    const r = sm.resident(3);
    assert.equal(r.length, 3);
    assert.deepEqual(r.read(), new Float32Array(3));
    assert.equal(r.write([1, 2, 3]), r);
    const out = new Float32Array(3);
    assert.equal(r.read(out), out);
    assert.deepEqual(out, Float32Array.of(1, 2, 3));
    r.write(Float64Array.of(4, 5, 0.1));
    assert.deepEqual(r.read(), Float32Array.of(4, 5, 0.1));
    r.free();
  });

  test("may be empty, and made of arrays and of other Residents", () => {
    const none = sm.resident(0);
    assert.deepEqual(none.read(), new Float32Array(0));
    assert.deepEqual(sm.softmax(none), new Float32Array(0));
    const a = sm.resident([1, 2]);
    const b = sm.resident(a);
    a.write([3, 4]);
    assert.deepEqual(b.read(), Float32Array.of(1, 2));
    b.write(a);
    assert.deepEqual(b.read(), Float32Array.of(3, 4));
    for (const r of [none, a, b]) r.free();
  });

  test("is used no more after free(), which does nothing the second time", () => {
    const before = sm.liveBytes();
    const r = sm.resident(x);
    assert.equal(sm.liveBytes(), before + 240);
    r.free();
    r.free();
    assert.equal(sm.liveBytes(), before);
    const gone = (op: string, name: string) => ({
      name: "ReferenceError",
      message: `${op}: ${name} is a Resident that has been freed`,
    });
    assert.throws(() => r.read(), gone("read", "this"));
    assert.throws(() => r.write(x), gone("write", "this"));
    assert.throws(() => sm.softmax(r), gone("softmax", "x"));
    assert.throws(() => sm.softmax(x, { out: r }), gone("softmax", "out"));
    assert.throws(() => sm.softmaxVjp(x, r), gone("softmaxVjp", "dy"));
    assert.throws(() => sm.resident(r), gone("read", "this"));
    assert.equal(sm.liveBytes(), before);
  });

  test("belongs to its instance", async () => {
    const other = await small();
    const r = other.resident(x);
    const message = "softmax: x is a Resident of another module instance";
    assert.throws(() => sm.softmax(r), { name: "ReferenceError", message });
    assert.throws(() => sm.softmax(x, { out: r }), {
      name: "ReferenceError",
      message: message.replace("x is", "out is"),
    });
    assert.deepEqual(r.read(), x);
    assert.deepEqual(sm.resident(r).read(), x);
  });

  test("is freed by using", () => {
    const before = sm.liveBytes();
    {
      using r = sm.resident(x);
      assert.equal(sm.liveBytes(), before + 240);
      assert.deepEqual(r.read(), x);
    }
    assert.equal(sm.liveBytes(), before);
  });

  test("is freed in the end when it is forgotten", async () => {
    setFlagsFromString("--expose-gc");
    const gc = runInNewContext("gc") as () => void;
    const own = await small();
    const before = own.liveBytes();
    (() => {
      for (let i = 0; i < 50; i++) own.resident(x);
    })();
    assert.equal(own.liveBytes(), before + 50 * 240);
    for (let i = 0; i < 50 && own.liveBytes() > before; i++) {
      gc();
      await setTimeout(10);
    }
    assert.equal(own.liveBytes(), before);
  });
});

test("instances lie side by side, each with memory of its own", async () => {
  const [a, b] = [await small(), await small()];
  const [ra, rb] = [a.resident(x), b.resident(dy)];
  a.resident(2 ** 20); // grows
  assert.deepEqual(bits(a.softmax(ra)), bits(sm.softmax(x)));
  assert.deepEqual(bits(b.softmax(rb)), bits(sm.softmax(dy)));
  assert.equal(a.liveBytes(), b.liveBytes() + 2 ** 22);
});

describe("memory that cannot be had", () => {
  const noBytes = (op: string, bytes: number) => ({
    name: "RangeError",
    message: `${op}: ${bytes} bytes cannot be had in the module's memory`,
  });

  test("is a RangeError that names the bytes, and the instance goes on", () => {
    const before = sm.liveBytes();
    assert.throws(() => sm.resident(2 ** 29), noBytes("resident", 2 ** 31));
    assert.throws(() => sm.resident(0x3fffffff), noBytes("resident", 4294967292));
    assert.throws(() => sm.logSumExp([], { dims: [2 ** 30, 0] }), noBytes("logSumExp", 2 ** 32));
    assert.equal(sm.liveBytes(), before);
    assert.deepEqual(sm.softmax([1, 1]), Float32Array.of(0.5, 0.5));
  });

  test("in the middle of a call: what was allocated before is freed, and nothing is written", async () => {
    const own = await small();
    const before = own.liveBytes();
    const large = new Float32Array(1_200_000).fill(1);
    const out = new Float32Array(large.length).fill(7);
    for (let i = 0; i < 5; i++) {
      assert.throws(() => own.softmaxVjp(large, large, { out }), noBytes("softmaxVjp", 4_800_000));
      assert.throws(() => own.softmax(new Float32Array(3_000_000)), noBytes("softmax", 12_000_000));
      assert.equal(own.liveBytes(), before);
    }
    assert.ok(out.every((v) => v === 7));
    own.softmax(large, { out });
    assert.ok(Math.abs(out[0]! * large.length - 1) < 2 ** -21);
  });
});

describe("code of the caller's that runs during a call", () => {
  const options = () => ({
    dims: [6, 10],
    axis: 1,
    temperature: [1, 2, 3, 1, 2, 3],
    mask: keeps(60),
    maskBelow: -6,
    emptyRow: "uniform" as const,
    infScores: "limit" as const,
    tie: "split" as const,
    stats: { nanRows: 0, emptyRows: 0 },
  });
  const expected = bits(sm.softmax(x, options()));
  const spy = <T extends object>(it: T, act: () => void): T =>
    new Proxy(it, {
      get(target, name) {
        act();
        return Reflect.get(target, name);
      },
    });
  /** The same options, and act() whenever one of them is read, or one of their elements. */
  const ways = [
    (act: () => void) => spy(options(), act),
    (act: () => void) => ({ ...options(), dims: spy(options().dims, act) }),
    (act: () => void) => ({ ...options(), temperature: spy(options().temperature, act) }),
    (act: () => void) => ({ ...options(), stats: spy(options().stats, act) }),
  ];

  test("may call the library", () => {
    const large = new Float32Array(20_000);
    const act = () => void [sm.softmax([5, 6, 7]), sm.logSumExp(large), sm.resident(10).free()];
    for (const way of ways) assert.deepEqual(bits(sm.softmax(x, way(act))), expected);
  });

  test("may make the memory grow", async () => {
    const own = await small();
    const act = () => void own.resident(40_000);
    for (const way of ways) assert.deepEqual(bits(own.softmax(x, way(act))), expected);
  });

  test("may call the library where it is told the statistics", () => {
    const seen: number[] = [];
    const stats = {
      set nanRows(n: number) {
        seen.push(n);
        sm.softmax(new Float32Array(20_000));
      },
      emptyRows: -1,
    };
    const large = scores(20_000);
    assert.deepEqual(bits(sm.softmax(large, { stats })), bits(sm.softmax(large)));
    assert.deepEqual(seen, [0]);
    assert.equal(stats.emptyRows, 0);
  });

  test("may free the Resident of the call: a ReferenceError", () => {
    for (const way of ways.slice(0, 3)) {
      const r = sm.resident(x);
      const options = way(() => r.free());
      assert.throws(() => sm.softmax(r, options), ReferenceError);
    }
    const r = sm.resident(3);
    const data = spy([1, 2, 3], () => r.free());
    assert.throws(() => r.write(data), ReferenceError);
  });

  test("may take the array of the call away: an error, and no memory is touched", () => {
    const before = sm.liveBytes();
    const bystander = sm.resident(scores(10_000));
    for (const way of ways.slice(0, 3)) {
      for (const name of ["x", "mask", "out"] as const) {
        const own = { x: x.slice(), mask: keeps(60), out: new Float32Array(60) };
        const { buffer } = own[name];
        const lose = () => void (buffer.byteLength > 0 && structuredClone(buffer, { transfer: [buffer] }));
        const given = way(lose);
        const options = new Proxy(given, {
          get: (t, key) => (key === "mask" || key === "out" ? own[key] : Reflect.get(t, key)),
        });
        const message = /x is a Float32Array whose|x holds 0|x held 60|mask holds 0|out holds 0|out held 60/;
        assert.throws(() => sm.softmax(own.x, options), { message }, `${name} in ${way}`);
      }
    }
    assert.deepEqual(bystander.read(), scores(10_000));
    bystander.free();
    assert.equal(sm.liveBytes(), before);
  });

  test("may throw", () => {
    const before = sm.liveBytes();
    const thrown = new Error("mine");
    assert.throws(
      () =>
        sm.softmax(
          x,
          ways[0]!(() => {
            throw thrown;
          }),
        ),
      thrown,
    );
    assert.equal(sm.liveBytes(), before);
  });
});

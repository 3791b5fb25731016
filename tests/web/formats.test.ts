// Halves and bytes: every function takes them, computes in floats, and rounds its result once.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Half, type Halves, load, type Softmax, supports } from "softmax-wasm";
import { bits, keeps, numbers, type Sample, samples, scores } from "./samples.js";

const sm = await load();
sm.softmax([1]); // small calls share a block from now on
const { Float16Array } = globalThis as unknown as { Float16Array?: new (n: number | readonly number[]) => Halves };

/** What a pattern of each format is worth, in double, and the pattern nearest to a number, of two the even one. */
const definition = (fraction: number, bias: number) => {
  const value = (pattern: number): number => {
    const exponent = (pattern & 0x7fff) >> fraction;
    const rest = pattern & (2 ** fraction - 1);
    const sign = pattern & 0x8000 ? -1 : 1;
    if (exponent === 2 * bias + 1) return rest === 0 ? sign * Infinity : Number.NaN;
    if (exponent === 0) return sign * rest * 2 ** (1 - bias - fraction);
    return sign * (2 ** fraction + rest) * 2 ** (exponent - bias - fraction);
  };
  const infinity = (2 * bias + 1) << fraction;
  const nearest = (v: number): number => {
    if (Number.isNaN(v)) return infinity + 1;
    const sign = v < 0 || Object.is(v, -0) ? 0x8000 : 0;
    const size = Math.abs(v);
    let [low, high] = [0, infinity]; // value(low) <= size < value(high)
    if (size === Infinity) return sign + infinity;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (value(middle) <= size) low = middle;
      else high = middle;
    }
    // The largest is followed by infinity, which counts as what would stand there.
    const above = high === infinity ? 2 * value(low) - value(low - 1) : value(high);
    const [down, up] = [size - value(low), above - size];
    return sign + (down < up || (down === up && low % 2 === 0) ? low : high);
  };
  return { value, nearest };
};
const formats: Record<Half, ReturnType<typeof definition>> = {
  float16: definition(10, 15),
  bfloat16: definition(7, 127),
};
const patterns = (x: ArrayLike<number>, dtype: Half) => Uint16Array.from(x, formats[dtype].nearest);
const values = (x: Uint16Array, dtype: Half) => Float32Array.from(x, formats[dtype].value);
const asHalves = (x: ArrayLike<number>): Halves => {
  const made = new Float16Array!(x.length);
  new Uint16Array(made.buffer as ArrayBuffer).set(patterns(x, "float16"));
  return made;
};
const patternsOf = ({ buffer, byteOffset, length }: Halves) =>
  new Uint16Array(buffer as ArrayBuffer, byteOffset, length);

/** The library with the floats and the options of every call changed before it and its result after it. */
const changed = (
  sm: Softmax,
  input: (x: Float32Array) => unknown,
  extra: object,
  result: (y: unknown, ofFloats: boolean) => unknown,
): Softmax =>
  new Proxy(sm, {
    get(target, name: keyof Softmax) {
      const f = target[name];
      if (typeof f !== "function") return f;
      return (...given: unknown[]) => {
        const last = given.at(-1);
        const has = Object.getPrototypeOf(last) === Object.prototype && !("peak" in (last as object));
        const options = has ? { ...(given.pop() as object), ...extra } : extra;
        const narrow = (x: unknown) => (x instanceof Float32Array ? input(x) : x);
        const ofFloats = given[0] instanceof Float32Array || given[0] instanceof Uint16Array;
        return result((f as (...given: unknown[]) => unknown)(...given.map(narrow), options), ofFloats);
      };
    },
  });
const halved = (sm: Softmax, dtype: Half) =>
  changed(
    sm,
    (x) => patterns(x, dtype),
    { dtype },
    (y) => y,
  );
/** The same by way of floats: rounded before the call, and rounded after it. */
const rounded = (sm: Softmax, dtype: Half) => {
  const round = (x: Float32Array) => values(patterns(x, dtype), dtype);
  return changed(sm, round, {}, (y, ofFloats) => (ofFloats && y instanceof Float32Array ? round(y) : y));
};

/**
 * Those of attention take tensors and give several results: they have tests of their own, below. The value of a loss
 * stays in floats, as a log-sum-exp of attention does; noise has no numbers to be like.
 */
const others = /attention|noise|(loss|entropy|divergence|distillation|logProbability|policyGradient)$/i;
const ofArrays = Object.entries<Sample>(samples).filter(([name]) => !others.test(name));

for (const dtype of ["float16", "bfloat16"] as const) {
  describe(`every function on ${dtype}`, () => {
    for (const [name, sample] of ofArrays) {
      test(`${name} is that of floats, rounded once`, () => {
        const before = sm.liveBytes();
        const got = sample(halved(sm, dtype)) as unknown;
        const wanted = sample(rounded(sm, dtype));
        assert.deepEqual(bits(got instanceof Uint16Array ? values(got, dtype) : (got as typeof wanted)), bits(wanted));
        const first = sample(sm) instanceof Float32Array && !name.endsWith("StateRead");
        assert.equal(got instanceof Uint16Array, first, "halves give halves");
        assert.equal(sm.liveBytes(), before);
      });
    }
  });
}

describe("scalar and simd give the same bits", { skip: !supports("simd") && "this engine has no simd" }, () => {
  for (const [name, sample] of ofArrays) {
    test(name, async () => {
      for (const dtype of ["float16", "bfloat16"] as const) {
        const [one, other] = [await load({ variant: "scalar" }), await load({ variant: "simd" })];
        assert.deepEqual(sample(halved(other, dtype)), sample(halved(one, dtype)));
      }
    });
  }
});

const x = scores(60);
const options = { cols: 10, mask: keeps(60), temperature: 2 };

describe("halves", () => {
  for (const dtype of ["float16", "bfloat16"] as const) {
    const half = patterns(x, dtype);
    const wide = values(half, dtype);
    const exact = sm.softmax(wide, options);
    const expected = patterns(exact, dtype);

    test(`${dtype}: every pattern is read as its value`, () => {
      const all = Uint16Array.from({ length: 65536 }, (_, i) => i);
      assert.deepEqual(bits(sm.resident(all, { dtype }).read()), bits(values(all, dtype)));
    });

    test(`${dtype}: out is of any kind, and receives what it can hold`, () => {
      const floats = new Float32Array(60);
      assert.equal(sm.softmax(half, { ...options, dtype, out: floats }), floats);
      assert.deepEqual(bits(floats), bits(exact));
      const own = new Uint16Array(60);
      assert.equal(sm.softmax(half, { ...options, dtype, out: own }), own);
      assert.deepEqual(own, expected);
      own.fill(0);
      assert.equal(sm.softmax(wide, { ...options, dtype, out: own }), own, "of floats too");
      assert.deepEqual(own, expected);
      const r = sm.resident(60);
      assert.equal(sm.softmax(half, { ...options, dtype, out: r }), r);
      assert.deepEqual(bits(r.read()), bits(exact));
      assert.deepEqual(bits(sm.softmax(r.write(half, { dtype }), options)), bits(exact));
      const same = half.slice();
      assert.equal(sm.softmax(same, { ...options, dtype, out: same }), same, "in place");
      assert.deepEqual(same, expected);
      r.free();
    });

    test(`${dtype}: from and to every place in a buffer, shared ones too`, () => {
      for (const Buffer of [ArrayBuffer, SharedArrayBuffer]) {
        for (const at of [0, 2, 6, 10]) {
          const [from, to] = [new Uint16Array(new Buffer(256), at, 60), new Uint16Array(new Buffer(256), at, 60)];
          from.set(half);
          sm.softmax(from, { ...options, dtype, out: to });
          assert.deepEqual(Uint16Array.from(to), expected);
          assert.equal(new Uint16Array(to.buffer).filter((v, i) => v && (i < at / 2 || i >= at / 2 + 60)).length, 0);
        }
      }
      const both = new Uint16Array(61);
      assert.throws(() => sm.softmax(both.subarray(1), { dtype, out: both.subarray(0, 60) }), {
        name: "RangeError",
        message: "softmax: out overlaps an input in part; it is the input itself, or memory of its own",
      });
    });

    test(`${dtype}: a tensor says itself what it holds, and gives a tensor that does`, () => {
      const tensor = { data: half, dims: [6, 10], type: dtype };
      const { mask, temperature } = options;
      const y = sm.softmax(tensor, { mask, temperature });
      assert.deepEqual(y, { data: expected, dims: [6, 10], type: dtype });
      const dx = sm.softmaxVjp(y, tensor);
      assert.deepEqual(
        dx.data,
        patterns(sm.softmaxVjp(values(y.data, dtype), wide, { cols: 10 }), dtype),
        "and fits where it came from",
      );
      assert.deepEqual(sm.softmax({ data: half, dims: [6, 10] }, { mask, temperature, dtype }), y);
      const out = { data: new Uint16Array(60), dims: [6, 10], type: dtype };
      assert.equal(sm.softmax({ data: wide, dims: [6, 10] }, { mask, temperature, out }), out);
      assert.deepEqual(out.data, expected);
      assert.deepEqual(sm.logSumExp(tensor).dims, [6]);
    });

    test(`${dtype}: large arrays, beyond the block that small calls share`, () => {
      const large = patterns(scores(30_000), dtype);
      const before = sm.liveBytes();
      const y = sm.softmax(large, { cols: 300, dtype });
      assert.deepEqual(y, patterns(sm.softmax(values(large, dtype), { cols: 300 }), dtype));
      assert.equal(sm.liveBytes(), before);
    });
  }

  test("a sum of many is not one of halves: 10 000 equal scores share 1", () => {
    const y = sm.softmax(new Uint16Array(10_000), { dtype: "float16" });
    assert.deepEqual(new Set(y), new Set([formats.float16.nearest(1e-4)]));
  });

  test("Float16Array says what it holds", { skip: !Float16Array && "this engine has no Float16Array" }, () => {
    const half = asHalves(x);
    const wide = values(patternsOf(half), "float16");
    const y = sm.softmax(half, options);
    assert.ok(y instanceof Float16Array!);
    const expected = patterns(sm.softmax(wide, options), "float16");
    assert.deepEqual(patternsOf(y), expected);
    const out = new Float16Array!(60);
    assert.equal(sm.softmax(wide, { ...options, out }), out);
    assert.deepEqual(patternsOf(out), expected);
    assert.equal(sm.softmax(half, { ...options, out: half }), half);
    assert.deepEqual(patternsOf(half), expected);
    const tensor = sm.logSoftmax({ data: asHalves(x), dims: [6, 10] });
    assert.ok(tensor.data instanceof Float16Array!);
    assert.deepEqual(bits(sm.resident(asHalves(x)).read()), bits(wide));
  });
});

describe("bytes", () => {
  /** Probabilities in 256 steps; those within 10⁻³ of a tie may be either. */
  const check = (got: ArrayLike<number>, p: number[], least: number) =>
    p.forEach((exact, i) => {
      const steps = Math.min(256 * exact, 255) + least;
      assert.ok(Math.abs(got[i]! - steps) <= 0.501, `${got[i]} for ${steps}`);
    });
  const softmax = (q: ArrayLike<number>, scale: number, t = 1) => {
    const all = Array.from(q, (v) => (scale * v) / t);
    const top = Math.max(...all);
    const w = all.map((v) => Math.exp(v - top));
    const sum = w.reduce((a, b) => a + b, 0);
    return w.map((v) => v / sum);
  };

  for (const scale of [0.01, 0.1, 1, 20]) {
    test(`softmax gives steps of 1/256, input in steps of ${scale}`, () => {
      for (const cols of [1, 2, 7, 10, 100, 1000]) {
        const raw = scores(3 * cols, cols, 128);
        const bytes = Uint8Array.from(raw, (v) => v + 128);
        const signed = Int8Array.from(bytes, (v) => v - 128);
        const y = sm.softmax(bytes, { cols, inputScale: scale, inputZeroPoint: 77 });
        const z = sm.softmax(signed, { cols, inputScale: scale, inputZeroPoint: -3 });
        assert.ok(y instanceof Uint8Array && z instanceof Int8Array);
        for (let r = 0; r < 3; r++) {
          const row = [r * cols, (r + 1) * cols] as const;
          check(y.subarray(...row), softmax(bytes.subarray(...row), scale), 0);
          check(z.subarray(...row), softmax(signed.subarray(...row), scale), -128);
        }
        const warm = sm.softmax(bytes, { inputScale: scale, temperature: 3 });
        check(warm, softmax(bytes, scale, 3), 0);
      }
    });
  }

  test("1 is the last step, 255 or 127; masked and empty rows are the first", () => {
    assert.deepEqual(sm.softmax(Uint8Array.of(9), { inputScale: 1 }), Uint8Array.of(255));
    assert.deepEqual(sm.softmax(Int8Array.of(9), { inputScale: 1 }), Int8Array.of(127));
    assert.deepEqual(
      sm.softmax(Int8Array.of(127, -128, 9), { inputScale: 1, mask: Uint8Array.of(1, 1, 0) }),
      Int8Array.of(127, -128, -128),
    );
    const mask = new Uint8Array(2);
    assert.deepEqual(sm.softmax(Uint8Array.of(3, 4), { inputScale: 1, mask }), Uint8Array.of(0, 0));
    assert.deepEqual(sm.softmax(Uint8Array.of(3, 4), { inputScale: 1, mask, emptyRow: "nan" }), Uint8Array.of(0, 0));
  });

  test("other functions give floats, and see the zero point", () => {
    const q = Int8Array.of(-128, 0, 5, 127);
    const format = { inputScale: 0.5, inputZeroPoint: 5 };
    const wide = Float32Array.from(q, (v) => (v - 5) / 2);
    assert.deepEqual(bits(sm.logSumExp(q, format)), bits(sm.logSumExp(wide)));
    assert.deepEqual(bits(sm.logSoftmax(q, format)), bits(sm.logSoftmax(wide)));
    assert.deepEqual(
      numbers(sm.softmaxStateFold(q, { ...format, maskBelow: -1 })),
      numbers(sm.softmaxStateFold(wide, { maskBelow: -1 })),
    );
    assert.deepEqual(bits(sm.resident(q, format).read()), bits(wide));
    const out = new Float32Array(4);
    assert.equal(sm.softmax(q, { ...format, out }), out);
    assert.deepEqual(bits(out), bits(sm.softmax(wide)));
  });

  test("out may be of the same kind, or the input; a tensor gives a tensor", () => {
    const q = Uint8Array.from(scores(60), (v) => 128 + 8 * v);
    const expected = sm.softmax(q, { cols: 10, inputScale: 0.1 });
    const out = new Uint8Array(60);
    assert.equal(sm.softmax(q, { cols: 10, inputScale: 0.1, out }), out);
    assert.deepEqual(out, expected);
    assert.deepEqual(sm.softmax({ data: q, dims: [6, 10] }, { inputScale: 0.1 }), {
      data: expected,
      dims: [6, 10],
      type: "uint8",
    });
    assert.equal(sm.softmax(q, { cols: 10, inputScale: 0.1, out: q }), q);
    assert.deepEqual(q, expected);
  });
});

test("a loss of halves is that of floats, and its gradient is rounded once", () => {
  const dtype = "float16";
  const half = patterns(scores(60), dtype);
  const wide = values(half, dtype);
  const classes = [0, 1, 2, 3, 4, 5];
  const options = { cols: 10, reduction: "none", gradient: true } as const;
  const exact = sm.crossEntropy(wide, classes, options);
  const got = sm.crossEntropy(half, classes, { ...options, dtype });
  assert.deepEqual(got.loss, exact.loss);
  assert.deepEqual(got.gradient as unknown, patterns(exact.gradient, dtype));
});

describe("attention on halves", () => {
  const dims = { q: [2, 4, 5, 6], k: [2, 2, 7, 6], v: [2, 2, 7, 6] };
  const size = (some: number[]) => some.reduce((a, b) => a * b);
  for (const dtype of ["float16", "bfloat16"] as const) {
    const [q, k, v] = Object.values(dims).map((own, i) => patterns(scores(size(own), i, 2), dtype)) as [
      Uint16Array,
      Uint16Array,
      Uint16Array,
    ];
    const [x, y, z] = [q, k, v].map((half) => values(half, dtype)) as [Float32Array, Float32Array, Float32Array];
    const sizes = { batch: 2, heads: 4, kvHeads: 2, dim: 6, causal: true };
    const wide = sm.attention(x, y, z, { ...sizes, lse: true });

    test(`${dtype}: attention is that of floats, rounded once; lse stays floats`, () => {
      const { out, lse } = sm.attention(q, k, v, { ...sizes, dtype, lse: true });
      assert.deepEqual(out, patterns(wide.out, dtype));
      assert.deepEqual(bits(lse), bits(wide.lse));
      const tensor = (data: Uint16Array, own: number[]) => ({ data, dims: own, type: dtype });
      const given = [tensor(q, dims.q), tensor(k, dims.k), tensor(v, dims.v)] as const;
      assert.deepEqual(sm.attention(...given, { causal: true }), tensor(out, dims.q));
    });

    test(`${dtype}: attentionVjp takes them and gives floats`, () => {
      const result = { out: patterns(wide.out, dtype), lse: wide.lse };
      const same = { out: values(result.out, dtype), lse: wide.lse };
      assert.deepEqual(
        sm.attentionVjp(q, k, v, result, q, { ...sizes, dtype }),
        sm.attentionVjp(x, y, z, same, x, sizes),
      );
    });

    test(`${dtype}: a cache takes them, and holds floats`, () => {
      const own = { batch: 2, kvHeads: 2, dim: 6, capacity: 9 };
      const [cache, plain] = [sm.kvCache(own), sm.kvCache(own)];
      cache.append(k, v, { dtype });
      plain.append(y, z);
      assert.deepEqual(cache.attend(q, { heads: 4, dtype }), patterns(plain.attend(x, { heads: 4 }), dtype));
      cache.free();
      plain.free();
    });

    test(`${dtype}: attentionWeights and its gradient`, () => {
      const w = sm.attentionWeights(q, k, { ...sizes, dtype });
      const exact = sm.attentionWeights(x, y, sizes);
      assert.deepEqual(w, patterns(exact, dtype));
      const dw = patterns(scores(w.length, 9), dtype);
      assert.deepEqual(
        sm.attentionWeightsVjp(q, k, w, dw, { ...sizes, dtype }),
        sm.attentionWeightsVjp(x, y, values(w, dtype), values(dw, dtype), sizes),
      );
    });
  }
});

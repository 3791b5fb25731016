// How much memory a call takes: of attention what is brought and what is made, and never a matrix of weights; of a map of
// many rows nothing.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { load, type Softmax } from "softmax-wasm";
import { scores } from "./samples.js";

/** An instance and its memory, which the package shows to nobody. */
const opened = async () => {
  const { instantiate } = WebAssembly;
  let memory: WebAssembly.Memory | undefined;
  WebAssembly.instantiate = (async (...given: Parameters<typeof instantiate>) => {
    const made = (await instantiate(...given)) as unknown as WebAssembly.Instance | { instance: WebAssembly.Instance };
    const { exports } = "instance" in made ? made.instance : made;
    memory = Object.values(exports).find((it) => it instanceof WebAssembly.Memory);
    return made;
  }) as typeof instantiate;
  const sm = await load().finally(() => {
    WebAssembly.instantiate = instantiate;
  });
  sm.softmax([1]);
  return { sm, bytes: () => (memory as WebAssembly.Memory).buffer.byteLength };
};

const [rows, dim, megabyte] = [2048, 128, 2 ** 20];
const [q, k, v, dout] = [1, 2, 3, 4].map((seed) => scores(rows * dim, seed, 1)) as [
  Float32Array,
  Float32Array,
  Float32Array,
  Float32Array,
];
const result = (await load()).attention(q, k, v, { dim, lse: true });
const floats = (...all: Float32Array[]) => all.reduce((sum, { byteLength }) => sum + byteLength, 0);

describe(`attention of ${rows} queries and as many keys of ${dim} grows the memory by what it reads and gives, and 1 MB`, () => {
  const calls: [name: string, bytes: number, call: (sm: Softmax) => unknown][] = [
    ["attention", floats(q, k, v, result.out), (sm) => sm.attention(q, k, v, { dim })],
    [
      "causal, with its log-sum-exps",
      floats(q, k, v, result.out, result.lse),
      (sm) => sm.attention(q, k, v, { dim, causal: true, lse: true }),
    ],
    [
      "attentionVjp",
      floats(q, k, v, result.out, result.lse, dout) + floats(q, k, v),
      (sm) => sm.attentionVjp(q, k, v, result, dout, { dim }),
    ],
  ];
  for (const [name, bytes, call] of calls) {
    test(name, async () => {
      const { sm, bytes: size } = await opened();
      const before = size();
      call(sm);
      const grown = size() - before;
      assert.ok(grown > 2 * megabyte, `the memory is looked at: it grew by ${grown} bytes`);
      assert.ok(grown <= bytes + megabyte, `grew by ${grown} bytes; what is read and given are ${bytes}`);
      // A call of the same size finds room.
      const after = size();
      call(sm);
      assert.equal(size(), after);
    });
  }
});

describe("a map of an array of many rows goes through in pieces", () => {
  const [cols, many] = [1000, 300];
  const x = scores(cols * many, 5, 1);
  for (const op of ["softmax", "logSoftmax", "sparsemax"] as const) {
    test(`${op}: the memory stays as it is, and the bits are those of rows alone`, async () => {
      const { sm, bytes } = await opened();
      const before = bytes();
      const y = sm[op](x, { cols });
      const out = new Float32Array(x.length);
      const inPlace = x.slice();
      assert.equal(sm[op](x, { cols, out }), out);
      assert.equal(sm[op](inPlace, { cols, out: inPlace }), inPlace);
      assert.equal(bytes(), before);
      for (let i = 0; i < x.length; i += cols)
        assert.deepEqual(y.subarray(i, i + cols), sm[op](x.subarray(i, i + cols)));
      assert.deepEqual(out, y);
      assert.deepEqual(inPlace, y);
    });
  }
});

// A state machine: residents come and go, calls run on them, the memory grows and runs out between any two of them, and
// all the while each Resident holds what a plain array would.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { load, type Resident, type Softmax } from "softmax-wasm";
import { bits, keeps, scores } from "./samples.js";
import { small } from "./small.js";

const sm = await load();

interface Model {
  arrays: Float32Array[];
}
interface Real {
  sm: Softmax;
  idle: number;
  residents: Resident[];
}
type Command = fc.Command<Model, Real>;

const live = (model: Model, real: Real) =>
  real.idle + model.arrays.reduce((bytes, { length }) => bytes + length * 4, 0);
const command = (text: string, check: (m: Model) => boolean, step: (m: Model, r: Real) => void): Command => ({
  check,
  toString: () => text,
  run(model, real) {
    step(model, real);
    assert.equal(real.sm.liveBytes(), live(model, real));
    for (const [i, r] of real.residents.entries()) assert.deepEqual(bits(r.read()), bits(model.arrays[i]!));
  },
});
const any = (m: Model) => m.arrays.length > 0;

const commands = [
  fc.tuple(fc.nat(200), fc.nat(9)).map(([n, seed]) =>
    command(
      `resident(${n})`,
      (m) => m.arrays.length < 20,
      (m, r) => {
        m.arrays.push(scores(n, seed));
        r.residents.push(r.sm.resident(scores(n, seed)));
      },
    ),
  ),
  fc.nat(99).map((k) =>
    command(`free(${k})`, any, (m, r) => {
      const i = k % m.arrays.length;
      m.arrays.splice(i, 1);
      for (const gone of r.residents.splice(i, 1)) gone.free();
    }),
  ),
  fc.tuple(fc.nat(99), fc.nat(9)).map(([k, seed]) =>
    command(`write(${k})`, any, (m, r) => {
      const i = k % m.arrays.length;
      const data = scores(m.arrays[i]!.length, seed);
      m.arrays[i] = data;
      r.residents[i]!.write(data);
    }),
  ),
  fc.tuple(fc.nat(99), fc.constantFrom("softmax" as const, "logSoftmax" as const), fc.boolean()).map(([k, op, mask]) =>
    command(`${op}(${k}) in place`, any, (m, r) => {
      const i = k % m.arrays.length;
      const y = r.residents[i]!;
      const options = mask ? { mask: keeps(y.length), maskBelow: -4 } : {};
      m.arrays[i] = sm[op](m.arrays[i]!, options);
      assert.equal(r.sm[op](y, { ...options, out: y }), y);
    }),
  ),
  fc.tuple(fc.nat(99), fc.nat(40_000)).map(([k, n]) =>
    command(`calls(${k}, ${n})`, any, (m, r) => {
      const i = k % m.arrays.length;
      const [array, own] = [m.arrays[i]!, r.residents[i]!];
      assert.deepEqual(bits(r.sm.logSumExp(own)), bits(sm.logSumExp(array)));
      assert.deepEqual(bits(r.sm.softmaxVjp(own, own)), bits(sm.softmaxVjp(array, array)));
      assert.deepEqual(bits(r.sm.softmax(scores(n))), bits(sm.softmax(scores(n))));
    }),
  ),
  fc.integer({ min: 18, max: 20 }).map((power) =>
    command(
      `grow(2^${power})`,
      () => true,
      (_, r) => {
        // A small resident may lie where the last large one was; then there is no room for another.
        try {
          r.sm.resident(2 ** power).free();
        } catch (error) {
          assert.match(String(error), /^RangeError: resident: \d+ bytes cannot be had/);
        }
      },
    ),
  ),
  fc.constantFrom(2 ** 21, 2 ** 28, 0x3fffffff).map((n) =>
    command(
      `out of memory(${n})`,
      () => true,
      (_, r) => {
        assert.throws(() => r.sm.resident(n), { name: "RangeError", message: new RegExp(`^resident: ${n * 4} bytes`) });
        const large = new Float32Array(1_500_000);
        assert.throws(() => r.sm.softmaxVjp(large, large), {
          name: "RangeError",
          message: /^softmaxVjp: 6000000 bytes/,
        });
      },
    ),
  ),
];

test("residents keep what they hold through any order of calls, growth and failure", { timeout: 60_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.commands(commands, { maxCommands: 40 }), async (steps) => {
      const own = await small();
      fc.modelRun(() => ({ model: { arrays: [] }, real: { sm: own, idle: own.liveBytes(), residents: [] } }), steps);
    }),
    { numRuns: 60 },
  );
});

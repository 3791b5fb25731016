// The article's model: its gradients, what it has learned, and that it writes the same with a cache as without.
import assert from "node:assert/strict";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { load } from "softmax-wasm";
import { random } from "./samples.js";

const root = join(fileURLToPath(import.meta.url), "../../../..");
const file = join(root, "demo/model/weights.bin");
const sm = await load();

/** What these tests ask of demo/model, which is written for a bundler. */
interface Weights {
  all: Float32Array;
}
interface Sizes {
  width: number;
  heads: number;
  layers: number;
}
type Module = {
  alphabet: string;
  sizes: Sizes;
  encode(text: string): Int32Array;
  decode(letters: ArrayLike<number>): string;
  fromFile(file: ArrayBuffer): Weights;
  toFile(weights: Weights): Uint16Array;
  read(library: typeof sm, weights: Weights, letters: Int32Array): { scores: Float32Array };
  reader(library: typeof sm, weights: Weights, n: number): { read(letters: Int32Array): Float32Array; free(): void };
  likeliest(scores: Float32Array): number;
  writeOn(library: typeof sm, weights: Weights, text: string, n: number, end?: string): string;
  untrained(sizes: Sizes, seed: number): Weights;
  lossAndGradient(
    library: typeof sm,
    weights: Weights,
    letters: Int32Array,
    batch: number,
  ): { loss: number; gradient: Float32Array };
  train(library: typeof sm, sizes: Sizes, course: object, tell: (step: number, loss: number) => void): Weights;
  exam(library: typeof sm, weights: Weights, stories: number, seed: number): { right: number; loss: number };
};
let model: Module;
let shipped: Weights;

before(async () => {
  const outdir = join(root, "build/model");
  const entryPoints = ["model", "learn"].map((name) => join(root, `demo/model/${name}.ts`));
  await build({ entryPoints, bundle: true, splitting: true, format: "esm", outdir, logLevel: "error" });
  const made = (name: string) => import(pathToFileURL(join(outdir, `${name}.js`)).href);
  model = { ...(await made("model")), ...(await made("learn")) };
  shipped = model.fromFile(new Uint8Array(readFileSync(file)).buffer);
});

test("the weights in git are small, and all there", () => {
  assert.ok(statSync(file).size < 300_000, `${statSync(file).size} bytes`);
  assert.ok(shipped.all.every(Number.isFinite));
  assert.deepEqual(Buffer.from(model.toFile(shipped).buffer), readFileSync(file));
});

test("the model's gradient is that of its loss", () => {
  const sizes = { width: 8, heads: 2, layers: 2 };
  const weights = model.untrained(sizes, 3);
  const letters = model.encode("Ana has the key. Ben sees");
  const lossAt = (shift: ArrayLike<number>, by: number) => {
    const moved = { ...model.untrained(sizes, 3) };
    moved.all.forEach((w, i) => {
      moved.all[i] = w + by * shift[i]!;
    });
    return model.lossAndGradient(sm, moved, letters, 1).loss;
  };
  const { gradient } = model.lossAndGradient(sm, weights, letters, 1);
  const next = random(7);
  // Along the gradient itself, and along whatever weights: 1 or -1 for one in eight.
  const directions = [gradient, ...Array.from({ length: 8 }, () => gradient.map(() => [1, -1][next() % 16] ?? 0))];
  for (const direction of directions) {
    const slope = direction.reduce((sum, d, i) => sum + d * gradient[i]!, 0);
    const size = Math.sqrt(direction.reduce((sum, d) => sum + d * d, 0));
    const step = 0.003 / size; // less, and the rounding of the loss would be seen; more, and its curvature
    const seen = (lossAt(direction, step) - lossAt(direction, -step)) / (2 * step);
    assert.ok(Math.abs(seen - slope) < 3e-4 * size + 2e-3 * Math.abs(slope), `${seen}, and ${slope} by the gradient`);
  }
});

test("a few lessons teach something, from nothing", () => {
  const losses: number[] = [];
  const course = { steps: 60, batch: 4, length: 64, rate: 5e-3, seed: 5 };
  model.train(sm, { width: 32, heads: 4, layers: 2 }, course, (_, loss) => losses.push(loss));
  const [first, last] = [losses[0]!, losses.slice(-5).reduce((a, b) => a + b) / 5];
  assert.ok(Math.abs(first - Math.log(model.alphabet.length)) < 0.5, `nothing is known at first: ${first}`);
  assert.ok(last < 2.2, `${last} nats a letter`);
});

test("the shipped model knows the language, and answers what only the story tells", () => {
  const { right, loss } = model.exam(sm, shipped, 40, 2000);
  assert.ok(loss < 0.22, `${loss} nats a letter`);
  assert.ok(right > 0.7, `${right} of the answers`);
});

const beginnings = ["Ana has the key. Ben sees the moon. Who sees the moon?", "Pia likes the vase. Jon", "Gus", "x7 ?"];

test("written with a cache and without, the text is the same", () => {
  for (const beginning of beginnings) {
    let text = beginning;
    const n = 60;
    while (text.length < beginning.length + n) {
      text += model.decode([model.likeliest(model.read(sm, shipped, model.encode(text)).scores)]);
    }
    assert.equal(model.writeOn(sm, shipped, beginning, n), text.slice(beginning.length));
  }
});

test("read letter by letter, in blocks and at once, the scores are the same", () => {
  const letters = model.encode(`${beginnings.join(" ")} Who has the key? Ana.`);
  const { scores } = model.read(sm, shipped, letters);
  const live = sm.liveBytes();
  for (const block of [1, 7, 64]) {
    const cached = model.reader(sm, shipped, letters.length);
    for (let i = 0; i < letters.length; i += block) {
      const own = cached.read(letters.subarray(i, i + block));
      own.forEach((score, j) => {
        const whole = scores[i * model.alphabet.length + j]!;
        assert.ok(Math.abs(score - whole) <= 2e-5 * (1 + Math.abs(whole)), `letter ${i}: ${score} and ${whole}`);
      });
    }
    cached.free();
  }
  assert.equal(sm.liveBytes(), live);
});

// How the model learns: gradients through the library's own, and Adam.
import type { Softmax } from "softmax-wasm";
import { add, headsOf, normVjp, productVjp, rowsOf, turn } from "./linear.js";
import { alphabet, encode, headsIn, read, type Sizes, type Weights, weightCount, weightsIn, writeOn } from "./model.js";
import { dice, story, tell } from "./stories.js";

/** Weights that know nothing, from a seed. */
export function untrained(sizes: Sizes, seed: number): Weights {
  const roll = dice(seed);
  /** About 0, with the given deviation: the sum of twelve uniforms. */
  const normal = (deviation: number) => {
    let sum = -6;
    for (let i = 0; i < 12; ++i) sum += roll(2 ** 32) / 2 ** 32;
    return sum * deviation;
  };
  const weights = weightsIn(sizes, new Float32Array(weightCount(sizes)));
  const fill = (w: Float32Array, deviation: number) => {
    for (let i = 0; i < w.length; ++i) w[i] = normal(deviation);
  };
  const usual = 1 / Math.sqrt(sizes.width);
  fill(weights.letters, 0.1);
  for (const { before, query, key, value, out, between, up, down } of weights.layers) {
    before.fill(1);
    between.fill(1);
    for (const w of [query, key, value, up]) fill(w, usual);
    // What layers add is small at first.
    for (const w of [out, down]) fill(w, (usual / 2) * Math.sqrt(1 / (2 * sizes.layers)));
  }
  weights.last.fill(1);
  return weights;
}

/**
 * How surprised the model is by letters, and how that changes with each weight.
 *
 * @param letters [batch, length + 1]: each but the last of a row is read, each but the first is to be foretold
 * @returns the mean cross-entropy in nats a letter, and its gradient as the weights lie
 */
export function lossAndGradient(sm: Softmax, weights: Weights, letters: Int32Array, batch: number) {
  const { sizes } = weights;
  const length = letters.length / batch - 1;
  const part = (from: number) =>
    Int32Array.from({ length: batch * length }, (_, i) => letters[i + Math.floor(i / length) + from]);
  const [given, targets] = [part(0), part(1)];

  const { traces, x, normed, scores } = read(sm, weights, given, { batch });
  const { loss, gradient: dscores } = sm.crossEntropy(scores, targets, { cols: alphabet.length, gradient: true });

  const gradient = weightsIn(sizes, new Float32Array(weights.all.length));
  let dx: Float32Array = normVjp(
    x,
    weights.last,
    productVjp(sm, normed, weights.letters, dscores, gradient.letters),
    gradient.last,
  );
  const shape = headsIn(sizes, batch);
  for (let i = traces.length - 1; i >= 0; --i) {
    const [layer, grad, trace] = [weights.layers[i], gradient.layers[i], traces[i]];
    const dbent = productVjp(sm, trace.bent, layer.down, dx, grad.down);
    const dup = sm.geluVjp(trace.up, dbent);
    const dmiddleNormed = productVjp(sm, trace.middleNormed, layer.up, dup, grad.up);
    const dmiddle = add(normVjp(trace.middle, layer.between, dmiddleNormed, grad.between), dx);
    const dmixed = headsOf(productVjp(sm, trace.mixed, layer.out, dmiddle, grad.out), shape);
    const { q, k, v, taken } = trace;
    const { dq, dk, dv } = sm.attentionVjp(q, k, v, taken, dmixed, { ...shape, causal: true });
    turn(dq, shape, 0, -1);
    turn(dk, shape, 0, -1);
    const back = (d: Float32Array, w: "query" | "key" | "value") =>
      productVjp(sm, trace.normed, layer[w], rowsOf(d, shape), grad[w]);
    const dnormed = add(add(back(dq, "query"), back(dk, "key")), back(dv, "value"));
    dx = add(normVjp(trace.x, layer.before, dnormed, grad.before), dmiddle);
  }
  const { width } = sizes;
  given.forEach((letter, row) => {
    add(gradient.letters.subarray(letter * width, (letter + 1) * width), dx.subarray(row * width, (row + 1) * width));
  });
  return { loss, gradient: gradient.all };
}

/** Steps downhill (Kingma and Ba 2015): each weight by its mean gradient over the root of its mean square. */
export function adam(weights: Float32Array, { decay = 0.9, squareDecay = 0.95, longest = 1 } = {}) {
  const [mean, square] = [new Float32Array(weights.length), new Float32Array(weights.length)];
  let [left, squareLeft] = [1, 1];
  return (gradient: Float32Array, rate: number) => {
    left *= decay;
    squareLeft *= squareDecay;
    const size = Math.sqrt(gradient.reduce((sum, g) => sum + g * g, 0));
    const shorter = Math.min(1, longest / size); // one strange text shall not throw it far
    for (let i = 0; i < weights.length; ++i) {
      const g = gradient[i] * shorter;
      mean[i] = decay * mean[i] + (1 - decay) * g;
      square[i] = squareDecay * square[i] + (1 - squareDecay) * g * g;
      weights[i] -= (rate * mean[i]) / (1 - left) / (Math.sqrt(square[i] / (1 - squareLeft)) + 1e-8);
    }
  };
}

/** Stories one after the other, [batch, length + 1]: each row begins with a story, and ends where it ends. */
function lesson(roll: (n: number) => number, batch: number, length: number) {
  const rows = Array.from({ length: batch }, () => {
    let text = "";
    while (text.length <= length) text += tell(story(roll));
    return text.slice(0, length + 1);
  });
  return encode(rows.join(""));
}

export interface Course {
  steps: number;
  batch: number;
  /** Letters of a row. */
  length: number;
  /** The longest step; steps grow to it and shrink to nothing. */
  rate: number;
  seed: number;
}

/** The shipped model's. */
export const course: Course = { steps: 13000, batch: 8, length: 160, rate: 4e-3, seed: 1 };

/** Learns from stories, from nothing; tells the loss of each step. */
export function train(
  sm: Softmax,
  sizes: Sizes,
  { steps, batch, length, rate, seed }: Course,
  tellLoss: (step: number, loss: number) => void,
) {
  const weights = untrained(sizes, seed);
  const roll = dice(seed + 1);
  const move = adam(weights.all);
  for (let step = 0; step < steps; ++step) {
    const { loss, gradient } = lossAndGradient(sm, weights, lesson(roll, batch, length), batch);
    move(gradient, rate * Math.min(1, (step + 1) / 100, (1.2 * (steps - step)) / steps));
    tellLoss(step, loss);
  }
  return weights;
}

/**
 * Stories it has not read, with their questions.
 *
 * @returns the share of the answers that it writes as they are, and its mean cross-entropy in nats a letter
 */
export function exam(sm: Softmax, weights: Weights, stories: number, seed: number) {
  const roll = dice(seed);
  let [right, questions, surprise, letters] = [0, 0, 0, 0];
  for (let i = 0; i < stories; ++i) {
    const told = story(roll);
    const text = encode(tell(told));
    const { scores } = read(sm, weights, text.subarray(0, -1));
    surprise += sm.crossEntropy(scores, text.subarray(1), { cols: alphabet.length, reduction: "sum" });
    letters += text.length - 1;
    let sofar = told.facts;
    for (const { asked, answer } of told.questions) {
      sofar += ` ${asked}`;
      right += Number(writeOn(sm, weights, sofar, answer.length) === answer);
      questions++;
      sofar += answer;
    }
  }
  return { right: right / questions, loss: surprise / letters };
}

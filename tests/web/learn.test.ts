// The losses teach: what is trained through them reaches what a reference in double reaches.
import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "softmax-wasm";
import { random } from "./samples.js";

const sm = await load();

/** Numbers about 0, the sum of twelve uniforms. */
const normals = (seed: number) => {
  const next = random(seed);
  return () => Array.from({ length: 12 }, () => next() / 2 ** 32).reduce((a, b) => a + b, -6);
};

test("a linear classifier trained through crossEntropy is as good as one trained in double", () => {
  const [rows, inputs, classes, steps, rate] = [240, 3, 4, 150, 0.5];
  const normal = normals(11);
  const centres = [2, 2, 2, -2, -2, 2, -2, -2];
  const targets = Int32Array.from({ length: rows }, (_, r) => r % classes);
  // The last input is 1, for the bias.
  const x = Float64Array.from({ length: rows * inputs }, (_, i) => {
    const [r, k] = [Math.floor(i / inputs), i % inputs];
    return k === inputs - 1 ? 1 : centres[targets[r]! * 2 + k]! + normal();
  });

  const logitsOf = (w: Float64Array) =>
    Float64Array.from({ length: rows * classes }, (_, i) => {
      const [r, c] = [Math.floor(i / classes), i % classes];
      let sum = 0;
      for (let k = 0; k < inputs; k++) sum += x[r * inputs + k]! * w[c * inputs + k]!;
      return sum;
    });
  /** Descends along a gradient with respect to the scores; the weights reached. */
  const train = (gradientOf: (logits: Float64Array) => ArrayLike<number>) => {
    const w = new Float64Array(classes * inputs);
    for (let step = 0; step < steps; step++) {
      const g = gradientOf(logitsOf(w));
      for (let r = 0; r < rows; r++) {
        for (let c = 0; c < classes; c++) {
          for (let k = 0; k < inputs; k++) {
            w[c * inputs + k] = w[c * inputs + k]! - rate * g[r * classes + c]! * x[r * inputs + k]!;
          }
        }
      }
    }
    return w;
  };
  const plainGradient = (logits: Float64Array) => {
    const g = new Float64Array(logits.length);
    for (let r = 0; r < rows; r++) {
      const row = logits.subarray(r * classes, (r + 1) * classes);
      const exps = row.map((v) => Math.exp(v - Math.max(...row)));
      const total = exps.reduce((a, b) => a + b, 0);
      for (let c = 0; c < classes; c++) g[r * classes + c] = (exps[c]! / total - Number(c === targets[r])) / rows;
    }
    return g;
  };
  const accuracy = (w: Float64Array) => {
    const logits = logitsOf(w);
    let right = 0;
    targets.forEach((y, r) => {
      const row = Array.from(logits.subarray(r * classes, (r + 1) * classes));
      right += Number(row.indexOf(Math.max(...row)) === y);
    });
    return right / rows;
  };

  const losses: number[] = [];
  const ours = train((logits) => {
    const { loss, gradient } = sm.crossEntropy(logits, targets, { cols: classes, gradient: true });
    losses.push(loss);
    return gradient;
  });
  const reference = train(plainGradient);
  assert.ok(Math.abs(losses[0]! - Math.log(classes)) < 1e-6, "nothing is known at the start");
  assert.ok(losses.at(-1)! < 0.5 * losses[0]!, `${losses.at(-1)}`);
  for (let i = 0; i < ours.length; i++)
    assert.ok(Math.abs(ours[i]! - reference[i]!) < 1e-4, `${ours} and ${reference}`);
  assert.ok(accuracy(reference) > 0.9, `${accuracy(reference)}`);
  assert.equal(accuracy(ours), accuracy(reference));
});

test("a bandit's policy, trained through policyGradient, finds the best arm", () => {
  const pays = [0.2, 0.5, 0.35, 0.9, 0.6];
  const [arms, batch] = [pays.length, 64];
  const mask = Uint8Array.of(1, 1, 1, 1, 1, 0); // a sixth arm that cannot be pulled, and would pay most
  const next = random(5);
  const uniform = () => next() / 2 ** 32;
  const preferences = new Float32Array(arms + 1);
  let baseline = 0;
  let bonus = 0.05;
  for (let round = 0; round < 200; round++) {
    const p = sm.softmax(preferences, { mask });
    assert.equal(p[arms], 0);
    const actions = Array.from({ length: batch }, () => {
      let u = uniform();
      for (let a = 0; a < arms - 1; a++) {
        u -= p[a]!;
        if (u < 0) return a;
      }
      return arms - 1;
    });
    const rewards = actions.map((a) => Number(uniform() < pays[a]!));
    const logits = Float32Array.from({ length: batch * (arms + 1) }, (_, i) => preferences[i % (arms + 1)]!);
    const { gradient } = sm.policyGradient(
      logits,
      actions,
      rewards.map((one) => one - baseline),
      { cols: arms + 1, mask, entropyBonus: bonus, gradient: logits },
    );
    for (let i = 0; i < gradient.length; i++) {
      preferences[i % (arms + 1)] = preferences[i % (arms + 1)]! - gradient[i]!;
    }
    baseline += 0.1 * (rewards.reduce((a, b) => a + b, 0) / batch - baseline);
    bonus *= 0.98;
  }
  const p = sm.softmax(preferences, { mask });
  assert.ok(p[3]! > 0.9, `probabilities ${p}`);
  assert.ok(sm.entropy(preferences, { mask }) < 0.5);
  assert.ok(Math.exp(sm.logProbability(preferences, [3], { mask })) > 0.9);
});

// How a time is taken. What is timed: { run, base?, length?, waits? }.
//   run      one call
//   base     a second call, whose time is taken off run's
//   length   how many ops lie between the two (1 when there is no base)
//   waits    run and base return promises
// One sample is the time of `count` calls, long enough for the browser's clock (100 µs steps);
// samples of all contestants alternate, so that a neighbour's load on the machine falls on all of
// them: two are compared round by round, and the median counts.

import { flops } from "./data.mjs";

const kSample = 10; // ms, the least time one sample takes
const kSteady = 0.05; // two samples this near each other: compiled for good
const kShortestWarmUp = 250; // ms, for the compilers' own threads to get their turn
const kLongestWarmUp = 1500; // ms

/** How many ops to put in a chain over `size` floats: enough to stand out of the call around it. */
export const chainLength = (size) => Math.max(4, Math.min(256, Math.round(2 ** 20 / size)));

/** … and attentions in a row. */
export const attentionChainLength = (row) => Math.max(1, Math.min(64, Math.round(1e9 / flops(row))));

export const median = (list) => {
  const sorted = list.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
};

/** How many times as long a takes as b; NaN when either was not measured. */
export const ratio = (a, b) => (a && b ? median(a.map((each, round) => each / b[round])) : Number.NaN);

/**
 * The samples of each, in µs an op.
 * @param {Record<string, object>} timed  what is timed, by name
 * @param {number} rounds  samples of each
 */
export async function measure(timed, rounds) {
  const counts = {};
  const samples = {};
  for (const [name, one] of Object.entries(timed)) {
    counts[name] = await warmUp(one);
    samples[name] = [];
  }
  for (let round = 0; round < rounds; ++round) {
    for (const [name, one] of Object.entries(timed)) samples[name].push(await sample(one, counts[name]));
  }
  return Object.fromEntries(Object.entries(samples).map(([name, list]) => [name, list.map((ms) => ms * 1000)]));
}

/** Calls until compiled for speed and two samples agree; gives the number of calls in a sample. */
async function warmUp(one) {
  const start = performance.now();
  let count = 1;
  let before = Infinity;
  for (;;) {
    const took = await batch(one.run, count, one.waits);
    if (one.base) await batch(one.base, count, one.waits);
    if (took < kSample) {
      count = Math.ceil(count * Math.min(10, (1.2 * kSample) / Math.max(took, 0.1)));
      continue;
    }
    const each = took / count;
    const spent = performance.now() - start;
    if (spent > kLongestWarmUp || (spent > kShortestWarmUp && Math.abs(each / before - 1) < kSteady)) return count;
    before = each;
  }
}

/** ms an op. */
async function sample({ run, base, length = 1, waits }, count) {
  const whole = await batch(run, count, waits);
  const around = base ? await batch(base, count, waits) : 0;
  return (whole - around) / count / length;
}

/** ms for `count` calls. */
async function batch(run, count, waits) {
  const start = performance.now();
  if (waits) for (let i = 0; i < count; ++i) await run();
  else for (let i = 0; i < count; ++i) run();
  return performance.now() - start;
}

// Plain JavaScript, written for speed: one pass for the maximum, one for exp and the sum (in
// double), one to scale. `out` is the caller's, so that inside a loop nothing is allocated.
import { classes } from "../data.mjs";

export function softmax(x, cols, out) {
  for (let start = 0; start < x.length; start += cols) {
    const end = start + cols;
    const peak = highest(x, start, end);
    let total = 0;
    for (let i = start; i < end; ++i) total += out[i] = Math.exp(x[i] - peak);
    const scale = 1 / total;
    for (let i = start; i < end; ++i) out[i] *= scale;
  }
  return out;
}

export function logSoftmax(x, cols, out) {
  for (let start = 0; start < x.length; start += cols) {
    const end = start + cols;
    const shift = logTotal(x, start, end);
    for (let i = start; i < end; ++i) out[i] = x[i] - shift;
  }
  return out;
}

export function logSumExp(x, cols, out) {
  for (let start = 0, r = 0; start < x.length; start += cols) out[r++] = logTotal(x, start, start + cols);
  return out;
}

export function softmaxVjp(y, dy, cols, out) {
  for (let start = 0; start < y.length; start += cols) {
    const end = start + cols;
    let mean = 0;
    for (let i = start; i < end; ++i) mean += y[i] * dy[i];
    for (let i = start; i < end; ++i) out[i] = y[i] * (dy[i] - mean);
  }
  return out;
}

/** The mean over the rows; its gradient in out. */
export function crossEntropy(x, targets, cols, out) {
  const share = 1 / targets.length;
  let sum = 0;
  for (let start = 0, r = 0; start < x.length; start += cols, ++r) {
    const end = start + cols;
    const target = start + targets[r];
    const peak = highest(x, start, end);
    let total = 0;
    for (let i = start; i < end; ++i) total += out[i] = Math.exp(x[i] - peak);
    sum += peak + Math.log(total) - x[target];
    const scale = share / total;
    for (let i = start; i < end; ++i) out[i] *= scale;
    out[target] -= share;
  }
  return sum * share;
}

function highest(x, start, end) {
  let peak = -Infinity;
  for (let i = start; i < end; ++i) if (x[i] > peak) peak = x[i];
  return peak;
}

function logTotal(x, start, end) {
  const peak = highest(x, start, end);
  let total = 0;
  for (let i = start; i < end; ++i) total += Math.exp(x[i] - peak);
  return peak + Math.log(total);
}

/** See suite.mjs for what a contestant is. */
export function open() {
  const into = {
    softmax: ({ x, cols }) => {
      const out = new Float32Array(x.length);
      return { run: () => softmax(x, cols, out) };
    },
    logSoftmax: ({ x, cols }) => {
      const out = new Float32Array(x.length);
      return { run: () => logSoftmax(x, cols, out) };
    },
    logSumExp: ({ x, rows, cols }) => {
      const out = new Float32Array(rows);
      return { run: () => logSumExp(x, cols, out) };
    },
    "crossEntropy with gradient": ({ x, rows, cols }) => {
      const targets = classes(rows, cols);
      const out = new Float32Array(x.length);
      return { run: () => crossEntropy(x, targets, cols, out) };
    },
    softmaxVjp: ({ x, cols }) => {
      const y = softmax(x, cols, new Float32Array(x.length));
      const out = new Float32Array(x.length);
      return { run: () => softmaxVjp(y, x, cols, out) };
    },
  };
  const endToEnd = {
    softmax: ({ x, cols }) => ({ run: () => softmax(x, cols, new Float32Array(x.length)) }),
    logSoftmax: ({ x, cols }) => ({ run: () => logSoftmax(x, cols, new Float32Array(x.length)) }),
    logSumExp: ({ x, rows, cols }) => ({ run: () => logSumExp(x, cols, new Float32Array(rows)) }),
  };
  return { inside: into, into, endToEnd };
}

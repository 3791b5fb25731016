// Plain JavaScript, written for speed: one pass for the maximum, one for exp and the sum (in
// double), one to scale. `out` is the caller's, so that inside a loop nothing is allocated.
import { attentionData, classes } from "../data.mjs";

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

/** By the sort of the paper's algorithm 1, a typed array's, which compares numbers natively. */
export function sparsemax(x, cols, out) {
  const sorted = new Float32Array(cols);
  for (let start = 0; start < x.length; start += cols) {
    const end = start + cols;
    sorted.set(x.subarray(start, end));
    sorted.sort();
    let sum = 0;
    let tau = 0;
    for (let k = 1; k <= cols; ++k) {
      const score = sorted[cols - k];
      sum += score;
      if (1 + k * score <= sum) break;
      tau = (sum - 1) / k;
    }
    for (let i = start; i < end; ++i) out[i] = Math.max(x[i] - tau, 0);
  }
  return out;
}

/** By the sort of the paper's algorithm 2. */
export function entmax15(x, cols, out) {
  const sorted = new Float32Array(cols);
  for (let start = 0; start < x.length; start += cols) {
    const end = start + cols;
    const peak = highest(x, start, end);
    sorted.set(x.subarray(start, end));
    sorted.sort();
    let sum = 0;
    let squares = 0;
    let tau = 0;
    for (let k = 1; k <= cols; ++k) {
      const score = (sorted[cols - k] - peak) / 2;
      sum += score;
      squares += score * score;
      const mean = sum / k;
      const t = mean - Math.sqrt(Math.max((1 - squares + k * mean * mean) / k, 0));
      if (t > score) break;
      tau = t;
    }
    for (let i = start; i < end; ++i) {
      const r = Math.max((x[i] - peak) / 2 - tau, 0);
      out[i] = r * r;
    }
  }
  return out;
}

/** The same thresholds without a sort, by Newton's sweeps over what is still above: the fastest that was found. */
export function sweptSparsemax(x, cols, out) {
  const kept = new Float64Array(cols);
  for (let start = 0; start < x.length; start += cols) {
    const end = start + cols;
    const peak = highest(x, start, end);
    let n = 0;
    let sum = 0;
    for (let i = start; i < end; ++i) {
      if (x[i] - peak > -1) sum += kept[n++] = x[i] - peak;
    }
    let tau = (sum - 1) / n;
    for (let before = 0; before !== n; ) {
      before = n;
      sum = 0;
      n = 0;
      for (let i = 0; i < before; ++i) {
        if (kept[i] > tau) sum += kept[n++] = kept[i];
      }
      tau = (sum - 1) / n;
    }
    const cut = peak + tau;
    for (let i = start; i < end; ++i) out[i] = Math.max(x[i] - cut, 0);
  }
  return out;
}

export function sweptEntmax15(x, cols, out) {
  const kept = new Float64Array(cols);
  for (let start = 0; start < x.length; start += cols) {
    const end = start + cols;
    const peak = highest(x, start, end);
    let n = 0;
    for (let i = start; i < end; ++i) if (x[i] - peak > -2) kept[n++] = (x[i] - peak) / 2;
    let tau = -1;
    for (let off = 1; off > 1e-7; ) {
      let sum = 0;
      let slope = 0;
      for (let i = 0; i < n; ++i) {
        const r = Math.max(kept[i] - tau, 0);
        sum += r * r;
        slope += r;
      }
      off = sum - 1;
      tau += ((Math.sqrt(sum) - 1) * Math.sqrt(sum)) / slope;
    }
    for (let i = start; i < end; ++i) {
      const r = Math.max((x[i] - peak) / 2 - tau, 0);
      out[i] = r * r;
    }
  }
  return out;
}

/** Query by query, hidden keys not looked at; sums in double. q is scaled already. */
export function attention({ q, k, v }, { heads, queries, keys, dim, causal }, out) {
  const weights = new Float64Array(keys);
  const sums = new Float64Array(dim);
  for (let h = 0; h < heads; ++h) {
    const first = h * keys * dim;
    for (let i = 0; i < queries; ++i) {
      const query = (h * queries + i) * dim;
      const seen = causal ? i + 1 : keys;
      let peak = -Infinity;
      for (let j = 0; j < seen; ++j) {
        const score = dot(q, query, k, first + j * dim, dim);
        weights[j] = score;
        if (score > peak) peak = score;
      }
      sums.fill(0);
      let total = 0;
      for (let j = 0; j < seen; ++j) {
        const weight = Math.exp(weights[j] - peak);
        const value = first + j * dim;
        total += weight;
        for (let d = 0; d < dim; ++d) sums[d] += weight * v[value + d];
      }
      for (let d = 0; d < dim; ++d) out[query + d] = sums[d] / total;
    }
  }
  return out;
}

/** In four sums, so that no addition waits for the one before it; n is a multiple of 4. */
function dot(a, i, b, j, n) {
  let [s, t, u, w] = [0, 0, 0, 0];
  for (let at = 0; at < n; at += 4, i += 4, j += 4) {
    s += a[i] * b[j];
    t += a[i + 1] * b[j + 1];
    u += a[i + 2] * b[j + 2];
    w += a[i + 3] * b[j + 3];
  }
  return s + t + (u + w);
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
    sparsemax: ({ x, cols }) => {
      const out = new Float32Array(x.length);
      return { run: () => sparsemax(x, cols, out) };
    },
    entmax15: ({ x, cols }) => {
      const out = new Float32Array(x.length);
      return { run: () => entmax15(x, cols, out) };
    },
    "sparsemax, swept": ({ x, cols }) => {
      const out = new Float32Array(x.length);
      return { run: () => sweptSparsemax(x, cols, out) };
    },
    "entmax15, swept": ({ x, cols }) => {
      const out = new Float32Array(x.length);
      return { run: () => sweptEntmax15(x, cols, out) };
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
    attention(row) {
      const data = attentionData(row);
      const out = new Float32Array(data.q.length);
      return { run: () => attention(data, row, out) };
    },
  };
  const endToEnd = {
    softmax: ({ x, cols }) => ({ run: () => softmax(x, cols, new Float32Array(x.length)) }),
    logSoftmax: ({ x, cols }) => ({ run: () => logSoftmax(x, cols, new Float32Array(x.length)) }),
    logSumExp: ({ x, rows, cols }) => ({ run: () => logSumExp(x, cols, new Float32Array(rows)) }),
    attention(row) {
      const data = attentionData(row);
      return { run: () => attention(data, row, new Float32Array(data.q.length)) };
    },
  };
  return { inside: into, into, endToEnd };
}

// Errors against the definitions in double. An ulp is the distance of two float32 at the exact
// value.

const kSmallestNormal = 2 ** -126; // below it softmax is not judged: some flush to zero there

const ulp = (exact) => 2 ** (Math.floor(Math.log2(Math.max(Math.abs(exact), kSmallestNormal))) - 23);

/** Peak of a row, its sum of exp(x - peak) and the log of that, which keeps what is far below 1. */
function normaliser(row) {
  const peak = row.reduce((a, b) => Math.max(a, b), -Infinity);
  const top = row.indexOf(peak);
  const rest = row.reduce((sum, x, i) => (i === top ? sum : sum + Math.exp(x - peak)), 0);
  return { peak, total: 1 + rest, logTotal: Math.log1p(rest) };
}

/** An op's result judged: a text for the table, and whether it keeps this library's promise. */
export const judge = {
  /** Largest and mean error in ulp; promised: 4 and 1. */
  softmax(y, x, cols) {
    let worst = 0;
    let sum = 0;
    let judged = 0;
    eachRow(x, cols, (row, start) => {
      const { peak, total } = normaliser(row);
      row.forEach((score, i) => {
        const exact = Math.exp(score - peak) / total;
        if (exact < kSmallestNormal) return;
        const error = Math.abs(y[start + i] - exact) / ulp(exact);
        worst = Math.max(worst, error);
        sum += error;
        ++judged;
      });
    });
    const mean = sum / judged;
    return { text: `${worst.toFixed(1)} / ${mean.toFixed(1)} ulp`, holds: worst <= 4 && mean <= 1 };
  },

  /** Largest error; promised: ulp(x - peak) + ulp(log total). */
  logSoftmax(y, x, cols) {
    let worst = 0;
    let holds = true;
    eachRow(x, cols, (row, start) => {
      const { peak, logTotal } = normaliser(row);
      row.forEach((score, i) => {
        const error = Math.abs(y[start + i] - (score - peak - logTotal));
        worst = Math.max(worst, error);
        holds &&= error <= ulp(score - peak) + ulp(logTotal);
      });
    });
    return { text: worst.toExponential(1), holds };
  },

  /** Largest error in ulp of the larger of |result| and log total; promised: 1.5. */
  logSumExp(y, x, cols) {
    let worst = 0;
    eachRow(x, cols, (row, start) => {
      const { peak, logTotal } = normaliser(row);
      const exact = peak + logTotal;
      const error = Math.abs(y[start / cols] - exact) / ulp(Math.max(Math.abs(exact), logTotal));
      worst = Math.max(worst, error);
    });
    return { text: `${worst.toFixed(1)} ulp`, holds: worst <= 1.5 };
  },

  /** Largest error beside the largest |v|; promised: twice that of plain float32, here 10⁻⁶. */
  attention(y, { q, k, v }, { heads, queries, keys, dim, causal }) {
    let worst = 0;
    for (let row = 0; row < heads * queries; row++) {
      const first = Math.floor(row / queries) * keys;
      const seen = causal ? (row % queries) + 1 : keys;
      const dot = (j) => {
        let sum = 0;
        for (let c = 0; c < dim; c++) sum += q[row * dim + c] * k[(first + j) * dim + c];
        return sum;
      };
      const scores = Array.from({ length: seen }, (_, j) => dot(j));
      const { peak, total } = normaliser(scores);
      for (let c = 0; c < dim; c++) {
        const mix = scores.reduce((sum, score, j) => sum + Math.exp(score - peak) * v[(first + j) * dim + c], 0);
        worst = Math.max(worst, Math.abs(y[row * dim + c] - mix / total));
      }
    }
    const error = worst / v.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
    return { text: error.toExponential(1), holds: error <= 1e-6 };
  },
};

function eachRow(x, cols, visit) {
  for (let start = 0; start < x.length; start += cols) visit(Array.from(x.subarray(start, start + cols)), start);
}

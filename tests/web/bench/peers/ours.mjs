import { attentionData, classes } from "../data.mjs";

/**
 * This library, one variant of it. See suite.mjs for what a contestant is.
 *
 * "inside" keeps scores and result in residents, so that nothing is copied.
 */
export async function open({ ours, variant }) {
  const { load, supports } = await import(ours[variant]);
  if (!supports(variant)) return undefined;
  const sm = await load({ variant });

  /** A call on residents that hold these arrays; the last is the result's. */
  const resident = (op, options, ...arrays) => {
    const held = arrays.map((array) => sm.resident(array));
    const [x, second] = held;
    const all = { ...options, out: held.at(-1) };
    const call = sm[op];
    return {
      run: held.length === 2 ? () => call(x, all) : () => call(x, second, all),
      close() {
        for (const one of held) one.free();
      },
    };
  };
  const map =
    (op, options = ({ cols }) => ({ cols })) =>
    (row) =>
      resident(op, options(row), row.x, row.x.length);

  const rules = ({ heads, dim, causal = false }) => ({ heads, dim, causal, scale: 1 });

  const attention = (row) => {
    const { q, k, v } = attentionData(row);
    const held = [q, k, v, q.length].map((one) => sm.resident(one));
    const [queries, keys, values, out] = held;
    return {
      run: () => sm.attention(queries, keys, values, { ...rules(row), out }),
      close() {
        for (const one of held) one.free();
      },
    };
  };
  const cached = (dtype) => (row) => {
    const { heads, keys, dim } = row;
    const { q, k, v } = attentionData(row);
    const cache = sm.kvCache({ kvHeads: heads, dim, capacity: keys, dtype });
    cache.append(k, v);
    const [queries, out] = [sm.resident(q), sm.resident(q.length)];
    return {
      run: () => cache.attend(queries, { ...rules(row), out }),
      close() {
        for (const one of [cache, queries, out]) one.free();
      },
    };
  };

  return {
    inside: {
      attention,
      decode: { cache: cached("float32"), arrays: attention },
      "decode, cached": cached("float32"),
      "decode, halves": cached("float16"),
      attentionVjp(row) {
        const { q, k, v } = attentionData(row);
        const held = [q, k, v, q].map((one) => sm.resident(one));
        const [queries, keys, values, dout] = held;
        const result = sm.attention(queries, keys, values, { ...rules(row), out: sm.resident(q.length), lse: true });
        const [dq, dk, dv] = [q, k, v].map(({ length }) => sm.resident(length));
        held.push(result.out, dq, dk, dv);
        return {
          run: () => sm.attentionVjp(queries, keys, values, result, dout, { ...rules(row), out: { dq, dk, dv } }),
          close() {
            for (const one of held) one.free();
          },
        };
      },
      softmax: map("softmax"),
      logSoftmax: map("logSoftmax"),
      sparsemax: map("sparsemax"),
      entmax15: map("entmax15"),
      // Beside plain JavaScript that does not sort either.
      "sparsemax, swept": map("sparsemax"),
      "entmax15, swept": map("entmax15"),
      logSumExp: ({ x, rows, cols }) => resident("logSumExp", { cols }, x, rows),
      "crossEntropy with gradient"({ x, rows, cols }) {
        const [scores, gradient] = [sm.resident(x), sm.resident(x.length)];
        const targets = classes(rows, cols);
        return {
          run: () => sm.crossEntropy(scores, targets, { cols, gradient }),
          close() {
            scores.free();
            gradient.free();
          },
        };
      },
      softmaxVjp: ({ x, cols }) => resident("softmaxVjp", { cols }, sm.softmax(x, { cols }), x, x.length),
      "softmax, masked": map("softmax", ({ x, cols }) => ({
        cols,
        mask: Uint8Array.from(x, (_, i) => i % 3 !== 0),
      })),
      "softmax, temperature 0.7": map("softmax", ({ cols }) => ({ cols, temperature: 0.7 })),
      // The same numbers, read as [cols, rows] and normalised down the columns.
      "softmax, first axis": map("softmax", ({ rows, cols }) => ({
        dims: [cols, rows],
        axis: 0,
      })),
    },
    into: {
      softmax({ x, cols }) {
        const out = new Float32Array(x.length);
        return { run: () => sm.softmax(x, { cols, out }) };
      },
    },
    endToEnd: {
      softmax: ({ x, cols }) => ({ run: () => sm.softmax(x, { cols }) }),
      logSoftmax: ({ x, cols }) => ({ run: () => sm.logSoftmax(x, { cols }) }),
      logSumExp: ({ x, cols }) => ({ run: () => sm.logSumExp(x, { cols }) }),
      attention(row) {
        const { q, k, v } = attentionData(row);
        return { run: () => sm.attention(q, k, v, rules(row)) };
      },
    },
  };
}

/**
 * This library, one variant of it. See suite.mjs for what a contestant is.
 *
 * "inside" keeps scores and result in residents, so that nothing is copied.
 */
export async function open({ ours, variant }) {
  const { load, supports } = await import(ours);
  if (!supports(variant)) return undefined;
  const sm = await load({ variant });

  /** Residents holding these arrays, and the call on them. */
  const resident = (arrays, call) => {
    const held = arrays.map((array) => sm.resident(array));
    const close = () => {
      for (const one of held) one.free();
    };
    return { run: () => call(...held), close };
  };
  const map =
    (op, options = () => ({})) =>
    ({ x, rows, cols }) => {
      const more = { cols, ...options({ x, rows, cols }) };
      return resident([x, x.length], (scores, out) => sm[op](scores, { ...more, out }));
    };

  return {
    inside: {
      softmax: map("softmax"),
      logSoftmax: map("logSoftmax"),
      logSumExp: ({ x, rows, cols }) =>
        resident([x, rows], (scores, out) => sm.logSumExp(scores, { cols, out })),
      softmaxVjp: ({ x, cols }) =>
        resident([sm.softmax(x, { cols }), x, x.length], (y, dy, out) =>
          sm.softmaxVjp(y, dy, { cols, out }),
        ),
      "softmax, masked": map("softmax", ({ x }) => ({
        mask: Uint8Array.from(x, (_, i) => i % 3 !== 0),
      })),
      "softmax, temperature 0.7": map("softmax", () => ({ temperature: 0.7 })),
      // The same numbers, read as [cols, rows] and normalised down the columns.
      "softmax, first axis": map("softmax", ({ rows, cols }) => ({
        cols: undefined,
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
    },
  };
}

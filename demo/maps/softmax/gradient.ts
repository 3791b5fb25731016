import { define } from "../../figure.js";
import { strip } from "../../kit/handles.js";
import { heat } from "../../kit/heat.js";
import { percent } from "../../kit/text.js";
import { repeated } from "../../powers.js";
import { scores, words } from "../../words.js";

const n = words.length;

/** Each row asks for one probability alone. */
const identity = Float32Array.from({ length: n * n }, (_, k) => (k % (n + 1) === 0 ? 1 : 0));

export const figure = define({
  ops: [],
  also: ["softmax", "softmaxVjp"],
  controls: { scores: strip(scores) },
  compute(sm, { scores }) {
    const probabilities = sm.softmax(scores);
    return { probabilities, jacobian: sm.softmaxVjp(repeated(probabilities, n), identity, { cols: n }) };
  },
  draw: (el, { jacobian }) =>
    heat(el, {
      caption: "How much each probability, by row, grows for each score, by column",
      corner: "p \\ x",
      rows: words,
      columns: words,
      values: jacobian,
      full: 0.25, // p (1 - p) is never more
    }),
  echo: ({ probabilities }) => ({ scores: Array.from(probabilities, (p) => `probability ${percent(p)}`) }),
});

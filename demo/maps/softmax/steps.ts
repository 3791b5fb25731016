import { define } from "../../figure.js";
import { strip } from "../../kit/handles.js";
import { sheet } from "../../kit/sheet.js";
import { number, percent, wide } from "../../kit/text.js";
import { powers } from "../../powers.js";
import { scores, words } from "../../words.js";

export const figure = define({
  ops: [],
  also: ["softmax", "softmaxStateApply", "logSumExp"],
  controls: { scores: strip(scores) },
  compute: (sm, { scores }) => ({
    powers: powers(sm, scores),
    // log-sum-exp is the logarithm of the sum that is wanted here.
    sum: powers(sm, sm.logSumExp(scores))[0],
    probabilities: sm.softmax(scores),
  }),
  draw(el, { powers, sum, probabilities }, { scores }) {
    const rows = words.map((name, i) => ({
      name,
      i,
      cells: [
        { text: number(scores[i], 1) },
        { text: wide(powers[i]), how: `exp(${number(scores[i], 1)}) =`, share: powers[i] / sum },
        { text: percent(probabilities[i]), how: `${wide(powers[i])} / ${wide(sum)} =`, share: probabilities[i] },
      ],
    }));
    const total = probabilities.reduce((a, b) => a + b, 0);
    sheet(
      el,
      "From scores to probabilities, step by step",
      ["word", "score", "1. exponentiate", "3. divide"],
      [
        ...rows,
        {
          name: "2. sum",
          mark: "total",
          cells: [{ text: "" }, { text: wide(sum) }, { text: `${number(100 * total, 1)}%` }],
        },
      ],
    );
  },
  echo: ({ probabilities }) => ({ scores: Array.from(probabilities, (p) => `probability ${percent(p)}`) }),
});

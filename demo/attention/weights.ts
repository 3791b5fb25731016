import { define } from "../figure.js";
import { choice } from "../kit/choice.js";
import { part } from "../kit/dom.js";
import { strip } from "../kit/handles.js";
import { heat } from "../kit/heat.js";
import { exact, number } from "../kit/text.js";
import { keys, queries, query, sentence } from "../sentence.js";

const sights = {
  all: {},
  causal: { causal: true },
  window: { causal: true, window: 1 },
  beside: { window: 1 },
};
const maps = ["softmax", "entmax15", "sparsemax"] as const;
const names = ["softmax", "1.5-entmax", "sparsemax"];
const n = sentence.length;

export const figure = define({
  ops: ["attentionWeights"],
  controls: {
    sight: choice<keyof typeof sights>(
      "all",
      {
        all: "every word",
        causal: "itself and all before it",
        window: "itself and the one before it",
        beside: "itself and one on either side",
      },
      "A word sees",
    ),
    query: strip(query, true),
  },
  compute(sm, { query, sight }) {
    const [q, rules] = [queries(query), { dim: 2, ...sights[sight] }];
    return {
      scores: sm.attentionWeights(q, keys, { ...rules, stage: "biased" }),
      weights: maps.map((map) => sm.attentionWeights(q, keys, { ...rules, map })),
    };
  },
  draw(el, { scores, weights }) {
    const table = { corner: "", rows: sentence, columns: sentence };
    heat(part(el, "scores", "scores: each row is a word that looks, each column one that is looked at"), {
      ...table,
      caption: "Scores of each word with each word; hidden ones are minus infinity",
      values: scores,
      full: 4,
      text: (score) => number(score, 2),
    });
    const row = part(el, "three");
    weights.forEach((values, k) => {
      heat(part(row, maps[k], names[k]), {
        ...table,
        caption: `Weights by ${names[k]}`,
        values,
        full: 1,
        // What is nothing is not written like what is nearly nothing.
        text: (weight) => (weight === 0 ? "0" : number(weight, 2)),
      });
    });
  },
  echo({ weights }) {
    const said = names
      .map(
        (name, k) =>
          `${name}: ${sentence.map((word, j) => `${word} ${exact(weights[k][(n - 1) * n + j])}`).join(", ")}`,
      )
      .join("; ");
    return { sight: said, query: said };
  },
});

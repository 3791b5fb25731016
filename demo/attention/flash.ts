import { define } from "../figure.js";
import { part } from "../kit/dom.js";
import { sheet } from "../kit/sheet.js";
import { slider } from "../kit/slider.js";
import { number, percent } from "../kit/text.js";
import { keys, pair, query, sentence, values } from "../sentence.js";

export const figure = define({
  ops: ["attention"],
  also: ["attentionWeights"],
  controls: {
    query,
    scale: slider(0.71, { min: 0, max: 3, step: 0.01, label: "scale", text: (s) => number(s, 2) }),
  },
  compute(sm, { query, scale }) {
    const rules = { dim: 2, scale };
    return {
      scores: sm.attentionWeights(query, keys, { ...rules, stage: "raw" }),
      weights: sm.attentionWeights(query, keys, rules),
      taken: sm.attention(query, keys, values, rules),
    };
  },
  draw(el, { scores, weights, taken }) {
    sheet(
      part(el, "look"),
      "What “it” finds in each word, and takes from it",
      ["word", "key", "score", "weight", "value"],
      [
        ...sentence.map((name, i) => ({
          name,
          i,
          cells: [
            { text: pair(keys, i, 1) },
            { text: number(scores[i], 2) },
            { text: percent(weights[i]), share: weights[i] },
            { text: pair(values, i, 0) },
          ],
        })),
        {
          name: "it takes",
          mark: "total" as const,
          cells: [{ text: "" }, { text: "" }, { text: "" }, { text: pair(taken, 0) }],
        },
      ],
    );
  },
  echo({ weights, taken }) {
    const said = `${sentence.map((name, i) => `${name} ${percent(weights[i])}`).join(", ")}, it takes ${pair(taken, 0)}`;
    return { query: said, scale: said };
  },
});

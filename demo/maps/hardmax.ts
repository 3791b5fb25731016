import { define } from "../figure.js";
import { handles } from "../kit/handles.js";
import { sheet } from "../kit/sheet.js";
import { exact } from "../kit/text.js";

const names = ["roof", "mat", "moon"];

export const figure = define({
  ops: ["hardmax"],
  also: ["softmax"],
  controls: {
    scores: handles([2, 2, 1], { names, min: -5, max: 5, label: "scores" }),
  },
  compute: (sm, { scores }) => ({
    warm: sm.softmax(scores),
    cold: sm.softmax(scores, { temperature: 0.1 }),
    first: sm.hardmax(scores),
    split: sm.hardmax(scores, { tie: "split" }),
  }),
  draw(el, { warm, cold, first, split }) {
    const cell = (p: number) => ({ text: exact(p), share: p });
    sheet(
      el,
      "Softmax at two temperatures and hardmax of the same scores",
      ["word", "softmax", "T = 0.1", "hardmax", "tie shared"],
      names.map((name, i) => ({
        name,
        i,
        cells: [cell(warm[i]), cell(cold[i]), cell(first[i]), cell(split[i])],
      })),
    );
  },
  echo: ({ first, split }) => ({
    scores: names.map((_, i) => `hardmax ${exact(first[i])}, with ties shared ${exact(split[i])}`),
  }),
});

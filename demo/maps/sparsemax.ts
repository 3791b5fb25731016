import { define } from "../figure.js";
import { part } from "../kit/dom.js";
import { handles } from "../kit/handles.js";
import { sweep } from "../kit/scale.js";
import { sheet } from "../kit/sheet.js";
import { simplex } from "../kit/simplex.js";
import { slider } from "../kit/slider.js";
import { exact, hue, number } from "../kit/text.js";
import { repeated } from "../powers.js";

const names = ["roof", "mat", "moon"];
const range = { min: -1, max: 2 };
const MIN = 1;
const MAX = 4;
const alphas = sweep(MIN, MAX, 121);

const triangle = simplex(
  handles([0.3, 1.1, -0.4], { names, ...range, step: 0.01, label: "scores", shared: "three" }),
  range,
);

export const figure = define({
  ops: ["sparsemax"],
  also: ["softmax", "entmax15", "entmax"],
  controls: {
    scores: triangle.control,
    alpha: slider(1.25, { min: MIN, max: MAX, step: 0.01, label: "α", text: (a) => number(a, 2) }),
  },
  compute: (sm, { scores, alpha }) => ({
    softmax: sm.softmax(scores),
    entmax15: sm.entmax15(scores),
    sparsemax: sm.sparsemax(scores),
    entmax: sm.entmax(scores, { alpha }),
    along: sm.entmax(repeated(scores, alphas.length), { cols: names.length, alpha: alphas }),
  }),
  draw(el, { softmax, entmax15, sparsemax, entmax, along }, { scores, alpha }) {
    triangle.draw(part(el, "triangle"), {
      title:
        "A triangle whose corners are the three words. Softmax is inside it, sparsemax is its point nearest to the scores, 1.5-entmax is between the two. The numbers are in the table below.",
      names,
      scores,
      spots: [
        { name: "softmax", at: softmax, colour: hue(3), shape: "circle" },
        { name: "1.5-entmax", at: entmax15, colour: hue(4), shape: "diamond" },
        { name: "sparsemax", at: sparsemax, colour: "var(--ink)", shape: "square" },
        { name: `α = ${number(alpha, 2)}`, at: entmax, colour: "var(--soft)", shape: "triangle" },
      ],
      trail: along,
      nearest: 2,
    });
    const cell = (p: number) => ({
      text: exact(p),
      share: p,
      ...(p === 0 ? { mark: "faint" as const } : {}),
    });
    sheet(
      part(el, "numbers"),
      "Four maps of the same scores",
      ["word", "softmax", "1.5-entmax", "sparsemax", `α = ${number(alpha, 2)}`],
      names.map((name, i) => ({ name, i, cells: [softmax, entmax15, sparsemax, entmax].map((p) => cell(p[i])) })),
    );
  },
  echo: ({ softmax, entmax15, sparsemax, entmax }) => ({
    scores: names.map(
      (_, i) => `softmax ${exact(softmax[i])}, 1.5-entmax ${exact(entmax15[i])}, sparsemax ${exact(sparsemax[i])}`,
    ),
    alpha: names.map((name, i) => `${name} ${exact(entmax[i])}`).join(", "),
  }),
});

import { define } from "../../figure.js";
import { curve } from "../../kit/curve.js";
import { handles } from "../../kit/handles.js";
import { numbers } from "../../kit/numbers.js";
import { sweep } from "../../kit/scale.js";
import { hue, number, percent } from "../../kit/text.js";

const LIMIT = 10;
const differences = sweep(-LIMIT, LIMIT, 121);
const listed = Float32Array.of(-6, -4, -2, -1, 0, 1, 2, 4, 6);

/** Rows of two scores, a difference and zero. */
const pairs = (xs: Float32Array) => Float32Array.from({ length: 2 * xs.length }, (_, k) => (k % 2 ? 0 : xs[k / 2]));

export const figure = define({
  ops: [],
  also: ["softmax"],
  controls: {
    pair: handles([2, 0.5], { names: ["yes", "no"], min: -5, max: 5, label: "scores" }),
  },
  compute: (sm, { pair }) => ({
    now: sm.softmax(pair),
    along: sm.softmax(pairs(differences), { cols: 2 }),
    listed: sm.softmax(pairs(listed), { cols: 2 }),
  }),
  draw(el, { now, along, listed: few }, { pair }) {
    const difference = pair[0] - pair[1];
    curve(el, {
      title:
        "Probability of yes against the difference of the two scores: an S from 0 to 1. The numbers are in the table below.",
      x: {
        min: -LIMIT,
        max: LIMIT,
        ticks: [-10, -5, 0, 5, 10],
        text: (d) => number(d, 0),
        label: "score of yes − score of no",
      },
      y: { min: 0, max: 1, ticks: [0, 0.5, 1], text: (p) => `${Math.round(100 * p)}%`, label: "probability" },
      lines: [0, 1].map((side) => ({
        name: side === 0 ? "yes" : "no",
        xs: differences,
        ys: differences.map((_, k) => along[2 * k + side]),
        colour: hue(side),
      })),
      marker: difference,
      points: [0, 1].map((side) => ({ x: difference, y: now[side], colour: hue(side) })),
    });
    numbers(
      el,
      "Probability of yes for some differences",
      ["difference", "probability of yes"],
      [...listed].map((d, k) => [number(d, 0), percent(few[2 * k])]),
    );
  },
  echo: ({ now }) => ({ pair: Array.from(now, (p) => `probability ${percent(p)}`) }),
});

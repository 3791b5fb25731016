import { define } from "../figure.js";
import { curve } from "../kit/curve.js";
import { part } from "../kit/dom.js";
import { handles } from "../kit/handles.js";
import { numbers } from "../kit/numbers.js";
import { readout } from "../kit/readout.js";
import { sweep } from "../kit/scale.js";
import { hue, number, percent } from "../kit/text.js";

const LIMIT = 5;
const bs = sweep(-LIMIT, LIMIT, 101);
const listed = Float32Array.of(-5, -3, -1, 0, 1, 3, 5);
const REACH = 1.6; // of the tangent, to each side

const rows = (a: number, xs: Float32Array) =>
  Float32Array.from({ length: 2 * xs.length }, (_, k) => (k % 2 ? xs[(k - 1) / 2] : a));

export const figure = define({
  ops: ["logSumExp"],
  also: ["logSumExpVjp", "softmax"],
  controls: {
    pair: handles([0, 1], { names: ["a", "b"], min: -LIMIT, max: LIMIT, label: "scores" }),
  },
  compute: (sm, { pair }) => ({
    now: sm.logSumExp(pair)[0],
    gradient: sm.logSumExpVjp(pair, Float32Array.of(1)),
    probabilities: sm.softmax(pair),
    along: sm.logSumExp(rows(pair[0], bs), { cols: 2 }),
    listed: sm.logSumExp(rows(pair[0], listed), { cols: 2 }),
  }),
  draw(el, { now, gradient, probabilities, along, listed: few }, { pair }) {
    const [a, b] = [pair[0], pair[1]];
    curve(part(el, "along"), {
      title:
        "Log-sum-exp of a and b as b grows: a rounded corner that stays just above the maximum. The numbers are in the table below.",
      x: { min: -LIMIT, max: LIMIT, ticks: [-5, 0, 5], text: (v) => number(v, 0), label: "b" },
      y: { min: -5, max: 6, ticks: [-5, 0, 5], text: (v) => number(v, 0), label: "value" },
      lines: [
        {
          name: "max",
          xs: bs,
          ys: bs.map((v) => Math.max(a, v)),
          colour: "var(--quiet)",
          dashed: true,
          at: { x: 3.4, side: "below", anchor: "start" },
        },
        { name: "log-sum-exp", xs: bs, ys: along, colour: hue(0), at: { x: -3.4, side: "above" } },
        {
          name: "",
          xs: [b - REACH, b + REACH],
          ys: [now - REACH * gradient[1], now + REACH * gradient[1]],
          colour: hue(1),
          at: { x: b, side: "above" },
        },
      ],
      marker: b,
      height: 300,
      points: [{ x: b, y: now, colour: hue(1) }],
    });
    readout(part(el, "now"), [
      { name: "max", text: number(Math.max(a, b), 3) },
      { name: "log-sum-exp", text: number(now, 3), colour: hue(0) },
      { name: "slope at b", text: number(gradient[1], 3), colour: hue(1) },
      { name: "softmax of b", text: percent(probabilities[1]), colour: hue(1) },
    ]);
    numbers(
      el,
      "Log-sum-exp beside the maximum",
      ["b", "maximum", "log-sum-exp"],
      [...listed].map((v, k) => [number(v, 0), number(Math.max(a, v), 1), number(few[k], 3)]),
    );
  },
  echo: ({ now }) => ({ pair: `log-sum-exp ${number(now, 2)}` }),
});

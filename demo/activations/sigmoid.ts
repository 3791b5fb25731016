import { define } from "../figure.js";
import { curve } from "../kit/curve.js";
import { part } from "../kit/dom.js";
import { numbers } from "../kit/numbers.js";
import { readout } from "../kit/readout.js";
import { sweep } from "../kit/scale.js";
import { slider } from "../kit/slider.js";
import { hue, number, wide } from "../kit/text.js";
import { filled } from "../rows.js";

const LIMIT = 6;
const xs = sweep(-LIMIT, LIMIT, 121);
const listed = Float32Array.of(-6, -3, -1, 0, 1, 3, 6);

export const figure = define({
  ops: ["sigmoid", "logSigmoid", "softplus"],
  also: ["softplusVjp"],
  controls: {
    x: slider(1, { min: -LIMIT, max: LIMIT, step: 0.1, label: "score" }),
  },
  compute(sm, { x }) {
    const at = (xs: Float32Array) => ({
      sigmoid: sm.sigmoid(xs),
      log: sm.logSigmoid(xs),
      softplus: sm.softplus(xs),
      slope: sm.softplusVjp(xs, filled(xs.length, 1)),
    });
    return { now: at(Float32Array.of(x)), along: at(xs), listed: at(listed) };
  },
  draw(el, { now, along, listed: few }, { x }) {
    curve(part(el, "along"), {
      title:
        "Sigmoid, its logarithm and softplus against the score. Softplus bends from 0 to the diagonal, log-sigmoid from the diagonal to 0, sigmoid climbs from 0 to 1. The numbers are in the table below.",
      x: { min: -LIMIT, max: LIMIT, ticks: [-6, -3, 0, 3, 6], text: (v) => number(v, 0), label: "score" },
      y: { min: -6.2, max: 6.2, ticks: [-6, -3, 0, 1, 3, 6], text: (v) => number(v, 0), label: "value" },
      lines: [
        { name: "softplus", xs, ys: along.softplus, colour: hue(1), at: { x: 3.2, side: "above", anchor: "end" } },
        { name: "sigmoid", xs, ys: along.sigmoid, colour: hue(0), at: { x: 5, side: "above" } },
        { name: "log-sigmoid", xs, ys: along.log, colour: hue(2), at: { x: -3.4, side: "below", anchor: "start" } },
      ],
      marker: x,
      height: 300,
      points: [
        { x, y: now.softplus[0], colour: hue(1) },
        { x, y: now.sigmoid[0], colour: hue(0) },
        { x, y: now.log[0], colour: hue(2) },
      ],
    });
    readout(part(el, "now"), [
      { name: "sigmoid", text: number(now.sigmoid[0], 4), colour: hue(0) },
      { name: "log-sigmoid", text: wide(now.log[0], 4), colour: hue(2) },
      { name: "softplus", text: wide(now.softplus[0], 4), colour: hue(1) },
      { name: "slope of softplus", text: number(now.slope[0], 4), colour: hue(1) },
    ]);
    numbers(
      el,
      "Three functions of one score",
      ["score", "sigmoid", "log-sigmoid", "softplus"],
      [...listed].map((v, k) => [
        number(v, 0),
        number(few.sigmoid[k], 4),
        number(few.log[k], 4),
        number(few.softplus[k], 4),
      ]),
    );
  },
  echo: ({ now }) => ({ x: `sigmoid ${number(now.sigmoid[0], 2)}, softplus ${number(now.softplus[0], 2)}` }),
});

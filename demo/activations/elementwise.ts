import { define } from "../figure.js";
import { curve } from "../kit/curve.js";
import { part } from "../kit/dom.js";
import { readout } from "../kit/readout.js";
import { sweep } from "../kit/scale.js";
import { numbers } from "../kit/numbers.js";
import { slider } from "../kit/slider.js";
import { hue, number } from "../kit/text.js";
import { filled } from "../rows.js";

const LIMIT = 4;
const xs = sweep(-LIMIT, LIMIT, 161);
const listed = Float32Array.of(-4, -2, -1, 0, 1, 2, 4);

export const figure = define({
  ops: ["tanh", "relu", "leakyRelu"],
  also: ["tanhVjp", "reluVjp", "leakyReluVjp"],
  controls: {
    x: slider(-1, { min: -LIMIT, max: LIMIT, step: 0.1, label: "score" }),
    slope: slider(0.3, { min: 0, max: 0.5, step: 0.01, label: "slope under 0", text: (v) => number(v, 2) }),
  },
  compute(sm, { x, slope }) {
    const at = (xs: Float32Array) => ({
      tanh: sm.tanh(xs),
      relu: sm.relu(xs),
      leaky: sm.leakyRelu(xs, { slope }),
    });
    const now = Float32Array.of(x);
    const one = filled(1, 1);
    return {
      now: at(now),
      slopes: {
        tanh: sm.tanhVjp(sm.tanh(now), one),
        relu: sm.reluVjp(now, one),
        leaky: sm.leakyReluVjp(now, one, { slope }),
      },
      along: at(xs),
      listed: at(listed),
    };
  },
  draw(el, { now, slopes, along, listed: few }, { x }) {
    curve(part(el, "along"), {
      title:
        "Tanh, ReLU and leaky ReLU against the score: an S between −1 and 1, a corner at 0, and a corner that keeps a slope. The numbers are in the table below.",
      x: { min: -LIMIT, max: LIMIT, ticks: [-4, -2, 0, 2, 4], text: (v) => number(v, 0), label: "score" },
      y: { min: -2.2, max: 4.2, ticks: [-2, -1, 0, 1, 2, 4], text: (v) => number(v, 0), label: "value" },
      lines: [
        { name: "leaky ReLU", xs, ys: along.leaky, colour: hue(1), at: { x: -3.2, side: "below", anchor: "start" } },
        { name: "ReLU", xs, ys: along.relu, colour: hue(0), at: { x: 2.6, side: "above", anchor: "end" } },
        { name: "tanh", xs, ys: along.tanh, colour: hue(2), at: { x: 3.2, side: "above" } },
      ],
      marker: x,
      height: 300,
      points: [
        { x, y: now.leaky[0], colour: hue(1) },
        { x, y: now.relu[0], colour: hue(0) },
        { x, y: now.tanh[0], colour: hue(2) },
      ],
    });
    const said = (value: Float32Array, slope: Float32Array) => `${number(value[0], 3)}, slope ${number(slope[0], 3)}`;
    readout(part(el, "now"), [
      { name: "ReLU", text: said(now.relu, slopes.relu), colour: hue(0) },
      { name: "leaky ReLU", text: said(now.leaky, slopes.leaky), colour: hue(1) },
      { name: "tanh", text: said(now.tanh, slopes.tanh), colour: hue(2) },
    ]);
    numbers(
      el,
      "Three functions of one score",
      ["score", "ReLU", "leaky ReLU", "tanh"],
      [...listed].map((v, k) => [
        number(v, 0),
        number(few.relu[k], 2),
        number(few.leaky[k], 2),
        number(few.tanh[k], 3),
      ]),
    );
  },
  echo({ now }) {
    const said = `ReLU ${number(now.relu[0], 2)}, leaky ${number(now.leaky[0], 2)}, tanh ${number(now.tanh[0], 2)}`;
    return { x: said, slope: said };
  },
});

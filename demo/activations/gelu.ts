import { define } from "../figure.js";
import { curve } from "../kit/curve.js";
import { part } from "../kit/dom.js";
import { numbers } from "../kit/numbers.js";
import { readout } from "../kit/readout.js";
import { sweep } from "../kit/scale.js";
import { slider } from "../kit/slider.js";
import { hue, number } from "../kit/text.js";
import { filled } from "../rows.js";

const LIMIT = 4;
const xs = sweep(-LIMIT, LIMIT, 161);
const listed = Float32Array.of(-4, -2, -1, 0, 1, 2, 4);

export const figure = define({
  ops: ["gelu", "silu"],
  also: ["relu", "geluVjp", "siluVjp"],
  controls: {
    x: slider(-0.7, { min: -LIMIT, max: LIMIT, step: 0.1, label: "score" }),
  },
  compute(sm, { x }) {
    const at = (xs: Float32Array) => {
      const ones = filled(xs.length, 1);
      return {
        relu: sm.relu(xs),
        gelu: sm.gelu(xs),
        quick: sm.gelu(xs, { approximate: "tanh" }),
        silu: sm.silu(xs),
        geluSlope: sm.geluVjp(xs, ones),
        siluSlope: sm.siluVjp(xs, ones),
      };
    };
    return { now: at(Float32Array.of(x)), along: at(xs), listed: at(listed) };
  },
  draw(el, { now, along, listed: few }, { x }) {
    curve(part(el, "along"), {
      title:
        "GELU and SiLU against the score, beside ReLU: both dip under 0 before they climb to the diagonal. The numbers are in the table below.",
      x: { min: -LIMIT, max: LIMIT, ticks: [-4, -2, 0, 2, 4], text: (v) => number(v, 0), label: "score" },
      y: { min: -0.9, max: 4.2, ticks: [0, 1, 2, 4], text: (v) => number(v, 0), label: "value" },
      lines: [
        {
          name: "ReLU",
          xs,
          ys: along.relu,
          colour: "var(--quiet)",
          dashed: true,
          at: { x: -3.9, side: "above", anchor: "start" },
        },
        { name: "SiLU", xs, ys: along.silu, colour: hue(1), at: { x: -2, side: "below", anchor: "end" } },
        { name: "GELU", xs, ys: along.gelu, colour: hue(0), at: { x: 2.2, side: "above", anchor: "end" } },
      ],
      marker: x,
      height: 300,
      points: [
        { x, y: now.silu[0], colour: hue(1) },
        { x, y: now.gelu[0], colour: hue(0) },
      ],
    });
    readout(part(el, "now"), [
      { name: "GELU", text: number(now.gelu[0], 4), colour: hue(0) },
      { name: "by tanh", text: number(now.quick[0], 4), colour: hue(0) },
      { name: "slope of GELU", text: number(now.geluSlope[0], 3), colour: hue(0) },
      { name: "SiLU", text: number(now.silu[0], 4), colour: hue(1) },
      { name: "slope of SiLU", text: number(now.siluSlope[0], 3), colour: hue(1) },
    ]);
    numbers(
      el,
      "GELU, its approximation by tanh, and SiLU",
      ["score", "GELU", "by tanh", "SiLU"],
      [...listed].map((v, k) => [
        number(v, 0),
        number(few.gelu[k], 5),
        number(few.quick[k], 5),
        number(few.silu[k], 5),
      ]),
    );
  },
  echo: ({ now }) => ({ x: `GELU ${number(now.gelu[0], 3)}, SiLU ${number(now.silu[0], 3)}` }),
});

import { define } from "../figure.js";
import { curve } from "../kit/curve.js";
import { part } from "../kit/dom.js";
import { numbers } from "../kit/numbers.js";
import { readout } from "../kit/readout.js";
import { sweep } from "../kit/scale.js";
import { slider } from "../kit/slider.js";
import { hue, number, percent } from "../kit/text.js";
import { filled } from "../rows.js";

const LIMIT = 6;
const REACH = 1.5; // of the tangent, to each side
const xs = sweep(-LIMIT, LIMIT, 121);
const listed = Float32Array.of(-6, -3, -1, 0, 1, 3, 6);

export const figure = define({
  ops: ["binaryCrossEntropy"],
  also: ["sigmoid"],
  controls: {
    x: slider(1, { min: -LIMIT, max: LIMIT, step: 0.1, label: "score" }),
    q: slider(1, { min: 0, max: 1, step: 0.05, label: "part of yes", text: (q) => number(q, 2) }),
  },
  compute(sm, { x, q }) {
    const at = (xs: Float32Array, q: number) =>
      sm.binaryCrossEntropy(xs, filled(xs.length, q), { cols: 1, reduction: "none" });
    const { loss, gradient } = sm.binaryCrossEntropy([x], [q], { gradient: true });
    return {
      loss,
      slope: gradient[0],
      probability: sm.sigmoid([x])[0],
      along: at(xs, q),
      yes: at(listed, 1),
      no: at(listed, 0),
    };
  },
  draw(el, { loss, slope, probability, along, yes, no }, { x, q }) {
    curve(part(el, "along"), {
      title: `Binary cross-entropy against the score for a target of ${number(q, 2)}, with its tangent. The numbers are in the table below.`,
      x: { min: -LIMIT, max: LIMIT, ticks: [-6, -3, 0, 3, 6], text: (v) => number(v, 0), label: "score" },
      y: { min: -0.6, max: 6.2, ticks: [0, 2, 4, 6], text: (v) => number(v, 0), label: "loss" },
      lines: [
        { name: "", xs, ys: along, colour: hue(0), at: { x: 0, side: "above" } },
        {
          name: "",
          xs: [x - REACH, x + REACH],
          ys: [loss - REACH * slope, loss + REACH * slope],
          colour: hue(1),
          at: { x, side: "above" },
        },
      ],
      marker: x,
      points: [{ x, y: loss, colour: hue(1) }],
    });
    readout(part(el, "now"), [
      { name: "sigmoid", text: percent(probability) },
      { name: "target", text: percent(q) },
      { name: "loss", text: `${number(loss, 3)} nats`, colour: hue(0) },
      { name: "slope", text: number(slope, 3), colour: hue(1) },
    ]);
    numbers(
      el,
      "The loss of a score",
      ["score", "when the answer is yes", "when it is no"],
      [...listed].map((v, k) => [number(v, 0), number(yes[k], 4), number(no[k], 4)]),
    );
  },
  echo({ loss, slope }) {
    const said = `loss ${number(loss, 2)}, slope ${number(slope, 2)}`;
    return { x: said, q: said };
  },
});

import { define } from "../figure.js";
import { bars } from "../kit/bars.js";
import { curve } from "../kit/curve.js";
import { part } from "../kit/dom.js";
import { strip } from "../kit/handles.js";
import { numbers } from "../kit/numbers.js";
import { sweep } from "../kit/scale.js";
import { slider } from "../kit/slider.js";
import { exact, hue, number } from "../kit/text.js";
import { repeated } from "../powers.js";
import { scores, words } from "../words.js";

const MIN = 0.5;
const MAX = 4;
const n = words.length;
const alphas = sweep(MIN, MAX, 141);
const listed = Float32Array.of(0.5, 1, 1.25, 1.5, 2, 3, 4);

export const figure = define({
  ops: ["entmax"],
  controls: {
    alpha: slider(1.5, { min: MIN, max: MAX, step: 0.01, label: "α", text: (a) => number(a, 2) }),
    scores: strip(scores),
  },
  compute(sm, { scores, alpha }) {
    const at = (alphas: Float32Array) => sm.entmax(repeated(scores, alphas.length), { cols: n, alpha: alphas });
    return { now: sm.entmax(scores, { alpha }), along: at(alphas), listed: at(listed) };
  },
  draw(el, { now, along, listed: few }, { alpha }) {
    bars(
      part(el, "now", "at this α"),
      words.map((name, i) => ({ name, value: now[i], text: exact(now[i]) })),
    );
    curve(part(el, "along"), {
      title: "Probability of each word as alpha goes from 0.5 to 4. The numbers are in the table below.",
      x: { min: MIN, max: MAX, ticks: [0.5, 1, 1.5, 2, 3, 4], text: String, label: "α" },
      y: { min: 0, max: 1, ticks: [0, 0.2, 0.5, 1], text: (p) => `${Math.round(100 * p)}%`, label: "probability" },
      lines: words.map((name, i) => ({
        name,
        xs: alphas,
        ys: alphas.map((_, k) => along[k * n + i]),
        colour: hue(i),
      })),
      marker: alpha,
      points: words.map((_, i) => ({ x: alpha, y: now[i], colour: hue(i) })),
    });
    numbers(
      el,
      "Probability of each word at seven values of α",
      ["α", ...words],
      [...listed].map((alpha, k) => [number(alpha, 2), ...words.map((_, i) => exact(few[k * n + i]))]),
    );
  },
  echo: ({ now }) => ({
    alpha: words.map((name, i) => `${name} ${exact(now[i])}`).join(", "),
    scores: Array.from(now, (p) => `probability ${exact(p)}`),
  }),
});

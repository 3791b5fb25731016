import { define } from "../../figure.js";
import { bars } from "../../kit/bars.js";
import { part } from "../../kit/dom.js";
import { strip } from "../../kit/handles.js";
import { slider } from "../../kit/slider.js";
import { number, percent } from "../../kit/text.js";
import { scores, words } from "../../words.js";

const signed = (c: number) => (c > 0 ? `+${number(c, 1)}` : number(c, 1));

export const figure = define({
  ops: [],
  also: ["softmax"],
  controls: {
    c: slider(0, { min: -10, max: 10, step: 0.5, label: "add to every score", text: signed }),
    scores: strip(scores),
  },
  compute(sm, { scores, c }) {
    const shifted = scores.map((x) => x + c);
    return { shifted, probabilities: sm.softmax(shifted) };
  },
  draw(el, { shifted, probabilities }) {
    bars(
      part(el, "scores", "scores"),
      words.map((name, i) => ({ name, value: shifted[i], text: number(shifted[i], 1) })),
      { min: -15, max: 15, signed: true },
    );
    bars(
      part(el, "probabilities", "probabilities"),
      words.map((name, i) => ({ name, value: probabilities[i], text: percent(probabilities[i]) })),
    );
  },
  echo: ({ probabilities }) => ({
    c: words.map((name, i) => `${name} ${percent(probabilities[i])}`).join(", "),
    scores: Array.from(probabilities, (p) => `probability ${percent(p)}`),
  }),
});

import { define } from "../figure.js";
import { bars } from "../kit/bars.js";
import { part } from "../kit/dom.js";
import { percent } from "../kit/text.js";
import { scores, words } from "../words.js";

export const figure = define({
  ops: ["softmax"],
  controls: { scores },
  compute: (sm, { scores }) => sm.softmax(scores),
  draw: (el, probabilities) =>
    bars(
      part(el, "probabilities", "probabilities"),
      words.map((name, i) => ({ name, value: probabilities[i], text: percent(probabilities[i]) })),
      { paired: true },
    ),
  echo: (probabilities) => ({ scores: Array.from(probabilities, (p) => `probability ${percent(p)}`) }),
});

import { define } from "../figure.js";
import { bars } from "../kit/bars.js";
import { choice } from "../kit/choice.js";
import { part } from "../kit/dom.js";
import { strip } from "../kit/handles.js";
import { readout } from "../kit/readout.js";
import { slider } from "../kit/slider.js";
import { number, percent } from "../kit/text.js";
import { scores, words } from "../words.js";

type Word = (typeof words)[number];
const names = Object.fromEntries(words.map((word) => [word, word])) as Record<Word, Word>;

export const figure = define({
  ops: ["crossEntropy"],
  also: ["softmax"],
  controls: {
    scores: strip(scores),
    target: choice("chair", names, "The next word was"),
    smoothing: slider(0, { min: 0, max: 0.5, step: 0.01, label: "label smoothing", text: (s) => number(s, 2) }),
  },
  compute(sm, { scores, target, smoothing }) {
    const y = words.indexOf(target);
    const { loss, gradient } = sm.crossEntropy(scores, [y], { labelSmoothing: smoothing, gradient: true });
    return { y, probabilities: sm.softmax(scores), loss, gradient };
  },
  draw(el, { y, probabilities, loss, gradient }, { smoothing }) {
    const wanted = (i: number) => smoothing / words.length + (i === y ? 1 - smoothing : 0);
    readout(part(el, "loss"), [
      { name: "cross-entropy", text: `${number(loss, 3)} nats` },
      { name: `probability of ${words[y]}`, text: percent(probabilities[y]) },
    ]);
    const two = part(el, "two");
    bars(
      part(two, "probabilities", "probabilities p, and the target q as a tick"),
      words.map((name, i) => ({ name, value: probabilities[i], text: percent(probabilities[i]), mark: wanted(i) })),
    );
    bars(
      part(two, "gradient", "gradient p − q"),
      words.map((name, i) => ({ name, value: gradient[i], text: number(gradient[i], 3) })),
      { min: -1, max: 1, signed: true },
    );
  },
  echo({ loss, gradient }) {
    const said = `cross-entropy ${number(loss, 2)}`;
    return {
      scores: Array.from(gradient, (g) => `gradient ${number(g, 2)}, ${said}`),
      smoothing: said,
    };
  },
});

import { define } from "../../figure.js";
import { strip } from "../../kit/handles.js";
import { numbers } from "../../kit/numbers.js";
import { slope } from "../../kit/slope.js";
import { number, percent } from "../../kit/text.js";
import { scores, words } from "../../words.js";

export const figure = define({
  ops: [],
  also: ["softmax"],
  controls: { scores: strip(scores) },
  compute: (sm, { scores }) => sm.softmax(scores),
  draw(el, probabilities, { scores }) {
    slope(
      el,
      "Scores on the left joined to their probabilities on the right by lines that never cross. The numbers are in the table below.",
      words,
      { title: "score", values: scores, min: -5, max: 5, text: (x) => number(x, 1) },
      { title: "probability", values: probabilities, min: 0, max: 1, text: percent },
    );
    const order = words.map((_, i) => i).sort((a, b) => scores[b] - scores[a]);
    numbers(
      el,
      "The words from the largest score to the smallest",
      ["word", "score", "probability"],
      order.map((i) => [words[i], number(scores[i], 1), percent(probabilities[i])]),
    );
  },
  echo: (probabilities) => ({ scores: Array.from(probabilities, (p) => `probability ${percent(p)}`) }),
});

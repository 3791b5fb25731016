import { define } from "../../figure.js";
import { bars } from "../../kit/bars.js";
import { dice } from "../../kit/dice.js";
import { strip } from "../../kit/handles.js";
import { numbers } from "../../kit/numbers.js";
import { player } from "../../kit/player.js";
import { percent } from "../../kit/text.js";
import { repeated } from "../../powers.js";
import { scores, words } from "../../words.js";

const counts = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];
const n = words.length;

export const figure = define({
  ops: [],
  also: ["gumbelSoftmax", "softmax"],
  controls: {
    step: player(0, { min: 0, max: counts.length - 1, label: "draws", text: (step) => String(counts[step]) }),
    seed: dice("Other draws"),
    scores: strip(scores),
  },
  compute: (sm, { scores, seed, step }) => ({
    probabilities: sm.softmax(scores),
    draws: sm.gumbelSoftmax(repeated(scores, counts[step]), { cols: n, seed, hard: true }),
  }),
  draw(el, { probabilities, draws }, { step }) {
    const drawn = tally(draws);
    bars(
      el,
      words.map((name, i) => ({
        name,
        value: drawn[i] / counts[step],
        text: `${drawn[i]} of ${counts[step]}`,
        mark: probabilities[i],
      })),
      { room: "wide" },
    );
    numbers(
      el,
      `Of ${counts[step]} draws`,
      ["word", "drawn", "part", "probability"],
      words.map((name, i) => [name, String(drawn[i]), percent(drawn[i] / counts[step]), percent(probabilities[i])]),
    );
  },
  echo({ probabilities, draws }, { step }) {
    const drawn = tally(draws);
    return {
      step: words.map((name, i) => `${name} ${drawn[i]} of ${counts[step]}`).join(", "),
      seed: words.map((name, i) => `${name} ${drawn[i]}`).join(", "),
      scores: Array.from(probabilities, (p, i) => `probability ${percent(p)}, drawn ${drawn[i]} times`),
    };
  },
});

/** How often each word was drawn. */
function tally(draws: Float32Array): number[] {
  const drawn = words.map(() => 0);
  draws.forEach((one, k) => {
    drawn[k % n] += one;
  });
  return drawn;
}

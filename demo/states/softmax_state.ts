import { define, type Softmax } from "../figure.js";
import { part } from "../kit/dom.js";
import { strip } from "../kit/handles.js";
import { numbers } from "../kit/numbers.js";
import { player } from "../kit/player.js";
import { sheet } from "../kit/sheet.js";
import { stack } from "../kit/stack.js";
import { stairs } from "../kit/stairs.js";
import { number, wide } from "../kit/text.js";
import { powers } from "../powers.js";
import { scores, words } from "../words.js";

type State = ReturnType<Softmax["softmaxStateFold"]>;

/** The states after one, two, … scores, each made from the one before and the score that arrives. */
function unfold(sm: Softmax, x: Float32Array): State[] {
  const states: State[] = [];
  for (let k = 0; k < x.length; ++k) {
    const state = states.at(-1);
    states.push(sm.softmaxStateFold(x.subarray(k, k + 1), state ? { state } : {}));
  }
  return states;
}

export const figure = define({
  ops: ["softmaxStateFold", "softmaxStateMerge", "softmaxStateRead", "softmaxStateApply"],
  controls: {
    seen: player(2, { min: 1, max: words.length, label: "scores seen" }),
    scores: strip(scores),
  },
  compute(sm, { scores, seen }) {
    const states = unfold(sm, scores.subarray(0, seen));
    const state = states[seen - 1];
    const before = states[seen - 2];
    const rest = seen < scores.length ? sm.softmaxStateFold(scores.subarray(seen), {}) : undefined;
    const whole = rest ? sm.softmaxStateMerge(state, rest) : state;
    const read = (s: State) => ({ peak: s.peak[0], total: s.total[0], lse: sm.softmaxStateRead(s)[0] });
    return {
      peaks: states.map(({ peak }) => peak[0]),
      totals: states.map(({ total }) => total[0]),
      state: read(state),
      before: before && {
        ...read(before),
        parts: powers(sm, scores.subarray(0, seen - 1), before.peak[0]),
        factor: powers(sm, before.peak, state.peak[0])[0],
      },
      parts: powers(sm, scores.subarray(0, seen), state.peak[0]),
      rest: rest && read(rest),
      whole: read(whole),
    };
  },
  draw(el, { peaks, totals, state, before, parts, rest, whole }, { scores, seen }) {
    const last = seen - 1;
    stairs(part(el, "stream"), {
      title: `The scores in the order they arrive, ${seen} seen, and the largest so far, ${number(state.peak, 1)}.`,
      names: words,
      scores,
      peaks,
      min: -5,
      max: 5,
    });
    const length = Math.max(2, Math.ceil(Math.max(state.total, before?.total ?? 0)));
    const segments = (lengths: ArrayLike<number>) =>
      Array.from(lengths, (length, i) => ({ name: words[i], i, length }));
    const box = part(el, "total", "running sum");
    stack(box, "before", "before", segments(before?.parts ?? []), number(before?.total ?? 0, 3), length);
    stack(
      box,
      "scaled",
      `× ${wide(before?.factor ?? 0)}`,
      segments(parts.subarray(0, last)),
      number((before?.total ?? 0) * (before?.factor ?? 0), 3),
      length,
    );
    stack(box, "after", `+ ${wide(parts[last])}`, segments(parts), number(state.total, 3), length);

    const cells = (piece: typeof state) => [
      { text: number(piece.peak, 1) },
      { text: number(piece.total, 3) },
      { text: number(piece.lse, 3) },
    ];
    sheet(
      part(el, "pieces", "two pieces make the whole"),
      "The state of each piece, and of both merged",
      ["piece", "largest", "sum", "log-sum-exp"],
      [
        { name: `seen: ${words.slice(0, seen).join(", ")}`, cells: cells(state) },
        rest
          ? { name: `to come: ${words.slice(seen).join(", ")}`, mark: "faint", cells: cells(rest) }
          : { name: "to come: nothing", mark: "faint", cells: [{ text: "–" }, { text: "–" }, { text: "–" }] },
        { name: "merged", mark: "total", cells: cells(whole) },
      ],
    );
    numbers(
      el,
      "The state after each score seen so far",
      ["word", "score", "largest", "sum"],
      peaks.map((peak, i) => [words[i], number(scores[i], 1), number(peak, 1), number(totals[i], 3)]),
    );
  },
  echo: ({ state, before }, { seen }) => ({
    seen: `${words[seen - 1]} arrives, largest ${number(state.peak, 1)}, old sum times ${wide(before?.factor ?? 0)}, new sum ${number(state.total, 3)}`,
  }),
});

import { define } from "../figure.js";
import { part } from "../kit/dom.js";
import { strip } from "../kit/handles.js";
import { player } from "../kit/player.js";
import { sheet } from "../kit/sheet.js";
import { number, percent } from "../kit/text.js";
import { keys, pair, query, sentence, values } from "../sentence.js";

interface Part {
  out: Float32Array;
  lse: Float32Array;
}

export const figure = define({
  ops: ["mergeAttention"],
  also: ["attention", "softmax"],
  controls: {
    cut: player(2, { min: 1, max: sentence.length - 1, label: "words in the first part" }),
    query: strip(query, true),
  },
  compute(sm, { cut, query }) {
    const over = (from: number, to: number) =>
      sm.attention(query, keys.subarray(2 * from, 2 * to), values.subarray(2 * from, 2 * to), { dim: 2, lse: true });
    const [first, second] = [over(0, cut), over(cut, sentence.length)];
    return {
      first,
      second,
      shares: sm.softmax([first.lse[0], second.lse[0]]),
      merged: sm.mergeAttention(first, second),
      whole: over(0, sentence.length),
    };
  },
  draw(el, { first, second, shares, merged, whole }, { cut }) {
    const cells = ({ out, lse }: Part, share?: number) => [
      { text: number(lse[0], 3) },
      share === undefined ? { text: "" } : { text: percent(share), share },
      { text: pair(out, 0, 3) },
    ];
    sheet(
      part(el, "pieces"),
      "Attention over each part, over both merged, and over all words at once",
      ["looking at", "log-sum-exp", "share", "takes"],
      [
        { name: sentence.slice(0, cut).join(", "), i: 0, cells: cells(first, shares[0]) },
        { name: sentence.slice(cut).join(", "), i: 1, cells: cells(second, shares[1]) },
        { name: "merged", mark: "total", cells: cells(merged) },
        { name: "all at once", mark: "faint", cells: cells(whole) },
      ],
    );
  },
  echo({ shares, merged }) {
    const said = `shares ${percent(shares[0])} and ${percent(shares[1])}, merged ${pair(merged.out, 0, 3)}`;
    return { cut: said, query: said };
  },
});

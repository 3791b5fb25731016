import { define, type Softmax } from "../../figure.js";
import { bars } from "../../kit/bars.js";
import { choice } from "../../kit/choice.js";
import { part, say } from "../../kit/dom.js";
import { player } from "../../kit/player.js";
import { sheet } from "../../kit/sheet.js";
import { slider } from "../../kit/slider.js";
import { number, wide } from "../../kit/text.js";
import { tiles } from "../../kit/tiles.js";
import { product } from "../../model/linear.js";

const n = 16; // queries and keys
const size = 4; // of a tile
const across = n / size;
const dim = 64; // numbers of a head, where its memory is told

const masks = {
  causal: { causal: true },
  window: { causal: true, window: 4 },
  beside: { window: 2 },
  all: {},
};

/** Two numbers for each query and each key, and one for each value. */
const wave = (length: number, speed: number) => Float32Array.from({ length }, (_, i) => 2 * Math.sin(speed * (i + 1)));
const [queries, keys, values] = [wave(2 * n, 0.9), wave(2 * n, 1.7), wave(n, 0.6)];

type State = ReturnType<Softmax["softmaxStateFold"]>;

/** Rows of some tiles of scores, side by side. */
const block = (scores: Float32Array, row: number, from: number, tiles: number) =>
  Float32Array.from({ length: size * tiles * size }, (_, i) => {
    const cols = tiles * size;
    return scores[(row * size + Math.floor(i / cols)) * n + from * size + (i % cols)];
  });

const seenIn = (scores: Float32Array) => scores.some((score) => score !== Number.NEGATIVE_INFINITY);

/** Bytes as one writes them. */
const bytes = (count: number) => {
  const power = Math.min(4, Math.floor(Math.log2(Math.max(1, count)) / 10));
  return `${number(count / 1024 ** power, power > 0 && count / 1024 ** power < 10 ? 1 : 0)} ${["B", "KiB", "MiB", "GiB", "TiB"][power]}`;
};

export const figure = define({
  ops: [],
  also: ["attentionWeights", "softmaxStateFold", "softmaxStateApply"],
  controls: {
    mask: choice<keyof typeof masks>(
      "causal",
      {
        causal: "causal: itself and all before it",
        window: "a causal window: itself and four before it",
        beside: "a window: itself and two on either side",
        all: "everything",
      },
      "A query sees",
    ),
    step: player(10, { min: 1, max: across * across, label: "tile" }),
    length: slider(4096, { min: 64, max: 131072, log: true, label: "tokens", text: (l) => wide(l, 0) }),
  },
  compute(sm, { mask, step }) {
    const scores = sm.attentionWeights(queries, keys, { dim: 2, ...masks[mask], stage: "biased" });
    const row = Math.floor((step - 1) / across);
    const done = ((step - 1) % across) + 1;
    // As the kernel goes: tile after tile of these queries' keys, keeping a maximum and a sum for each.
    let state: State | undefined;
    for (let j = 0; j < done; ++j) {
      const tile = block(scores, row, j, 1);
      if (seenIn(tile)) state = sm.softmaxStateFold(tile, { cols: size, ...(state && { state }) });
    }
    const seen = block(scores, row, 0, done);
    const taken =
      state &&
      product(
        sm,
        sm.softmaxStateApply(seen, state, { cols: done * size, emptyRow: "zero" }),
        values.subarray(0, done * size),
        done * size,
      );
    const visited = Array.from({ length: across * across }, (_, t) =>
      seenIn(block(scores, Math.floor(t / across), t % across, 1)),
    );
    return { scores, state, taken, visited, row };
  },
  draw(el, { scores, state, taken, visited, row }, { step, length }) {
    const computed = visited.filter(Boolean).length;
    const two = part(el, "two");
    tiles(part(two, "tiles", "queries from top to bottom, keys from left to right"), {
      caption: `Tile ${step} of ${visited.length}, ${visited[step - 1] ? "worked on" : "skipped"}`,
      n,
      tile: size,
      scores,
      full: Math.max(...scores.filter(Number.isFinite).map(Math.abs)),
      states: visited.map((here, t) => (!here ? "skipped" : t === step - 1 ? "now" : t < step - 1 ? "done" : "ahead")),
    });
    const running = part(two, "running", "what the queries of this row of tiles have so far");
    sheet(
      running,
      "Running maximum and sum of each query, and the value it has taken",
      ["query", "largest", "sum", "value"],
      Array.from({ length: size }, (_, i) => ({
        name: String(row * size + i + 1),
        cells: [
          { text: number(state?.peak[i] ?? Number.NEGATIVE_INFINITY, 2) },
          { text: number(state?.total[i] ?? 0, 3) },
          { text: number(taken?.[i] ?? 0, 2) },
        ],
      })),
    );
    say(
      running,
      "note",
      visited[step - 1]
        ? "A new largest score shrinks the sum and the value; the tile’s own are added."
        : "No query of this tile sees any of its keys: it is skipped, and costs nothing.",
    );
    const all = `${computed} of ${visited.length} tiles are worked on`;
    say(running, "count", `${all}.`);
    const matrix = 4 * length * length;
    bars(
      part(el, "memory", `memory of a head of ${dim} numbers, at so many tokens`),
      [
        { name: "all scores", value: matrix, text: bytes(matrix) },
        { name: "q, k, v, out", value: 16 * length * dim, text: bytes(16 * length * dim) },
        { name: "a tile", value: 4 * 64 * 8, text: bytes(4 * 64 * 8) },
      ],
      { max: Math.max(matrix, 16 * length * dim), room: "wide" },
    );
  },
  echo({ state, visited }, { step, length }) {
    const said = visited[step - 1]
      ? `largest ${Array.from(state?.peak ?? [], (peak) => number(peak, 2)).join(", ")}; sums ${Array.from(state?.total ?? [], (sum) => number(sum, 3)).join(", ")}`
      : "skipped";
    return { step: said, mask: said, length: `all scores ${bytes(4 * length * length)}, a tile ${bytes(4 * 64 * 8)}` };
  },
});

import { h } from "./dom.js";

interface Tiles {
  caption: string;
  /** Rows and columns of the square, and of a tile. */
  n: number;
  tile: number;
  /** Row by row; -Infinity is hidden. */
  scores: ArrayLike<number>;
  /** The size of a score that has the full colour. */
  full: number;
  /** Of each tile, row by row: done, worked on now, skipped, or still to come. */
  states: readonly ("done" | "now" | "skipped" | "ahead")[];
}

/** A square of scores in tiles: coloured once a tile is done, dark where nothing is seen, and left out where a tile is skipped. */
export function tiles(el: HTMLElement, { caption, n, tile, scores, full, states }: Tiles) {
  el.querySelector(":scope > .tiles")?.remove();
  const across = n / tile;
  const cell = (tileAt: number, i: number) => {
    const row = Math.floor(tileAt / across) * tile + Math.floor(i / tile);
    const score = scores[row * n + (tileAt % across) * tile + (i % tile)];
    const hidden = score === Number.NEGATIVE_INFINITY;
    const kind = hidden ? "hidden" : score > 0 ? "up" : "down";
    return h("i", { class: kind, style: `--strength: ${hidden ? 0 : Math.min(1, Math.abs(score) / full).toFixed(3)}` });
  };
  el.append(
    h(
      "div",
      { class: "tiles", role: "img", "aria-label": caption, style: `--across: ${across}; --tile: ${tile}` },
      ...states.map((state, t) =>
        h("span", { class: state }, ...Array.from({ length: tile * tile }, (_, i) => cell(t, i))),
      ),
    ),
  );
}

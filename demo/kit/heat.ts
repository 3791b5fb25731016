import { h } from "./dom.js";
import { hue, number } from "./text.js";

interface Matrix {
  caption: string;
  /** What the rows and columns are, in the corner. */
  corner: string;
  rows: readonly string[];
  columns: readonly string[];
  /** Row by row. */
  values: ArrayLike<number>;
  /** The size that has the full colour. */
  full: number;
  /** Set where the columns are not the things the rows are: their names have no colour then. */
  plain?: boolean;
  /** How a value is written. */
  text?: (value: number) => string;
}

/** A matrix as a table: warm where a number is positive, cool where negative, and the number itself in each cell. */
export function heat(
  el: HTMLElement,
  { caption, corner, rows, columns, values, full, plain, text: write = (v) => number(v, 3) }: Matrix,
) {
  el.querySelector(":scope > .heat")?.remove();
  const name = (scope: string, text: string, i: number) =>
    h("th", { scope, class: "keyed", style: `--hue: ${hue(i)}` }, text);
  el.append(
    h(
      "table",
      { class: "heat" },
      h("caption", { class: "unseen" }, caption),
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          h("td", { class: "corner" }, corner),
          ...columns.map((text, j) => (plain ? h("th", { scope: "col" }, text) : name("col", text, j))),
        ),
      ),
      h(
        "tbody",
        {},
        ...rows.map((text, i) =>
          h(
            "tr",
            {},
            name("row", text, i),
            ...columns.map((_, j) => cell(values[i * columns.length + j], full, write)),
          ),
        ),
      ),
    ),
  );
}

function cell(value: number, full: number, write: (value: number) => string) {
  const size = Number.isFinite(value) ? value : 0; // what is hidden has no colour
  const strength = Math.min(1, Math.sqrt(Math.abs(size) / full));
  const kind = size > 0 ? "up" : size < 0 ? "down" : "";
  return h("td", { class: kind, style: `--strength: ${strength.toFixed(3)}` }, write(value));
}

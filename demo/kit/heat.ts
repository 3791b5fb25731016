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
}

/** A matrix as a table: warm where a number is positive, cool where negative, and the number itself in each cell. */
export function heat(el: HTMLElement, { caption, corner, rows, columns, values, full, plain }: Matrix) {
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
          h("tr", {}, name("row", text, i), ...columns.map((_, j) => cell(values[i * columns.length + j], full))),
        ),
      ),
    ),
  );
}

function cell(value: number, full: number) {
  const strength = Math.min(1, Math.sqrt(Math.abs(value) / full));
  const kind = value > 0 ? "up" : value < 0 ? "down" : "";
  return h("td", { class: kind, style: `--strength: ${strength.toFixed(3)}` }, number(value, 3));
}

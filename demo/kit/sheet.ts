import { h } from "./dom.js";
import { hue } from "./text.js";

export interface Cell {
  text: string;
  /** Shown smaller before the text, where there is room: how the number came about. */
  how?: string;
  /** A bar behind the number, from 0 to 1. */
  share?: number;
  /** The number is where something goes wrong, or where the eye should go. */
  mark?: "alarm" | "now" | "faint";
}

export interface Row {
  name: string;
  /** Which colour the row has; none for totals. */
  i?: number;
  cells: readonly Cell[];
  mark?: "now" | "faint" | "total";
}

/** A table of numbers, with a bar behind those that are shares. */
export function sheet(el: HTMLElement, caption: string, columns: readonly string[], rows: readonly Row[]) {
  const head = h("tr", {}, ...columns.map((name) => h("th", { scope: "col" }, name)));
  const body = rows.map(({ name, i, cells, mark }) =>
    h(
      "tr",
      { class: mark ?? "", style: i === undefined ? "" : `--hue: ${hue(i)}` },
      h("th", { scope: "row", class: i === undefined ? "" : "keyed" }, name),
      ...cells.map(cell),
    ),
  );
  const table = h(
    "table",
    { class: "sheet" },
    h("caption", { class: "unseen" }, caption),
    h("thead", {}, head),
    h("tbody", {}, ...body),
  );
  const before = el.querySelector(":scope > .sheet");
  if (before) before.replaceWith(table);
  else el.append(table);
}

function cell({ text, how, share, mark }: Cell) {
  const made = h("td", { class: mark ?? "" });
  if (share !== undefined) {
    made.append(
      h("span", { class: "share", "aria-hidden": true, style: `--share: ${Math.min(1, Math.max(0, share))}` }),
    );
  }
  if (how) made.append(h("span", { class: "how" }, how), " ");
  made.append(h("span", { class: "what" }, text));
  return made;
}

import { h } from "./dom.js";

export interface Lane {
  name: string;
  note: string;
  /** Milliseconds a call; undefined while nothing has been measured. */
  time: number | undefined;
  text: string;
  /** How many times as fast as the first lane. */
  factor: string;
  strong: boolean;
}

/** Times side by side: the shorter the bar, the faster. */
export function lanes(el: HTMLElement, rows: readonly Lane[]) {
  const slowest = Math.max(...rows.map(({ time }) => time ?? 0), Number.MIN_VALUE);
  el.querySelector(":scope > .lanes")?.remove();
  el.append(
    h(
      "ul",
      { class: "lanes" },
      ...rows.map(({ name, note, time, text, factor, strong }) =>
        h(
          "li",
          { class: strong ? "strong" : "", style: `--share: ${(time ?? 0) / slowest}` },
          h("span", { class: "name" }, name, " ", h("small", {}, note)),
          h("span", { class: "track", "aria-hidden": true }, h("span", { class: "fill" })),
          h("span", { class: "value" }, text),
          h("span", { class: "factor" }, factor),
        ),
      ),
    ),
  );
}

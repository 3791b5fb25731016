import { h, once } from "./dom.js";

/** The numbers of a chart as a table, folded away until asked for. */
export function numbers(
  el: HTMLElement,
  caption: string,
  columns: readonly string[],
  rows: readonly (readonly string[])[],
) {
  const box = once(el, "numbers", () => h("details", {}, h("summary", {}, "The numbers")));
  box.querySelector("table")?.remove();
  box.append(
    h(
      "table",
      {},
      h("caption", {}, caption),
      h("thead", {}, h("tr", {}, ...columns.map((name) => h("th", { scope: "col" }, name)))),
      h(
        "tbody",
        {},
        ...rows.map(([first, ...rest]) =>
          h("tr", {}, h("th", { scope: "row" }, first ?? ""), ...rest.map((text) => h("td", {}, text))),
        ),
      ),
    ),
  );
}

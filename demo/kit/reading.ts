import type { Control } from "../figure.js";
import { h, unique } from "./dom.js";

/** A line of text, and which of its letters is looked at. */
export interface Reading {
  text: string;
  at: number;
}

interface Field {
  label: string;
  /** The longest text, in letters. */
  most: number;
  /** What the letter is. */
  letter: string;
}

/** How a letter is written where it stands alone. */
export const shown = (letter: string) => (letter === " " ? "␣" : letter);

/** A line that the reader writes, with a slider along its letters. A line that is written on is read to its end. */
export function reading(text: string, { label, most, letter: name }: Field): Control<Reading> {
  const last = (text: string) => text.length - 1;
  return {
    initial: { text, at: last(text) },
    write: ({ text, at }) => `${at}'${text}'`,
    read(written) {
      const [, place, text] = /^(\d{1,4})'([^\n]+)'$/.exec(written) ?? [];
      if (text === undefined || text.length > most || Number(place) > last(text)) return undefined;
      return { text, at: Number(place) };
    },
    mount(place, change) {
      const ids = [unique(), unique()];
      const line = h("input", { type: "text", id: ids[0], maxlength: most, autocomplete: "off", spellcheck: "false" });
      const along = h("input", { type: "range", id: ids[1], min: 0, step: 1 });
      const value = h("output", { class: "value", for: ids[1], "aria-live": "off" });
      const row = h("div", { class: "slider" }, h("label", { for: ids[1] }, name), along, value);
      line.addEventListener("input", () => line.value && change({ text: line.value, at: last(line.value) }));
      along.addEventListener("input", () => change({ text: line.value, at: along.valueAsNumber }));
      place.append(h("div", { class: "line" }, h("label", { for: ids[0] }, label), line), row);
      return ({ text, at }, echo) => {
        // The same text set once more would move the cursor.
        if (line.value !== text && line.value !== "") line.value = text;
        if (line.value === "" && document.activeElement !== line) line.value = text;
        along.max = String(last(text));
        along.valueAsNumber = at;
        row.style.setProperty("--at", String(at / Math.max(1, last(text))));
        value.textContent = shown(text[at]);
        along.setAttribute(
          "aria-valuetext",
          [`“${text[at]}”, letter ${at + 1}`, echo].filter((said) => said !== "").join(", "),
        );
      };
    },
  };
}

import type { Control } from "../figure.js";
import { h, unique } from "./dom.js";
import { number } from "./text.js";

interface Range {
  min: number;
  max: number;
  step?: number;
  label: string;
  /** Equal distances are equal factors. */
  log?: boolean;
  /** How the value is written. */
  text?: (value: number) => string;
  shared?: string;
}

const LOG_STEPS = 200;

/** One draggable number. */
export function slider(initial: number, range: Range): Control<number> {
  const { min, max, step = 1, label, log = false, text = (v: number) => number(v, step < 1 ? 1 : 0), shared } = range;
  // A logarithmic slider moves over whole numbers of equal factors; 1 stays reachable because it rounds to itself.
  const ratio = Math.log(max / min) / LOG_STEPS;
  const toValue = (at: number) => (log ? Number((min * Math.exp(at * ratio)).toPrecision(3)) : at);
  const toPlace = (value: number) => (log ? Math.round(Math.log(value / min) / ratio) : value);
  return {
    initial,
    ...(shared === undefined ? {} : { shared }),
    write: (value) => String(Number(value.toPrecision(6))),
    read(written) {
      const value = written.trim() === "" ? Number.NaN : Number(written);
      return value >= min && value <= max ? value : undefined;
    },
    mount(place, change) {
      const id = unique();
      const input = h("input", {
        type: "range",
        id,
        min: log ? 0 : min,
        max: log ? LOG_STEPS : max,
        step: log ? 1 : step,
        value: toPlace(initial),
      });
      input.addEventListener("input", () => change(toValue(input.valueAsNumber)));
      const value = h("output", { class: "value", for: id, "aria-live": "off" });
      const row = h("div", { class: "slider" }, h("label", { for: id }, label), input, value);
      const low = toPlace(min);
      const zero = log ? 0 : Math.min(1, Math.max(0, -min / (max - min)));
      row.style.setProperty("--zero", String(zero));
      place.append(row);
      return (now, echo) => {
        input.valueAsNumber = toPlace(now);
        row.style.setProperty("--at", String((toPlace(now) - low) / (toPlace(max) - low)));
        value.textContent = text(now);
        input.setAttribute("aria-valuetext", [text(now), echo].filter((part) => part !== "").join(", "));
      };
    },
  };
}

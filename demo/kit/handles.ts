import type { Control, Echo } from "../figure.js";
import { h, unique } from "./dom.js";
import { hue, number } from "./text.js";

interface Range {
  min: number;
  max: number;
  step?: number;
  names: readonly string[];
  /** What the numbers are, for the name of the group. */
  label: string;
  shared?: string;
}

/** One draggable number per name. */
export function handles(initial: readonly number[], range: Range): Control<Float32Array> {
  const { min, max, step = 0.1, names, label, shared } = range;
  const digits = step < 0.1 ? 2 : step < 1 ? 1 : 0;
  return {
    initial: Float32Array.from(initial),
    ...(shared === undefined ? {} : { shared }),
    write: (value) => [...value].map((v) => String(Number(v.toFixed(digits)))).join(","),
    read(text) {
      const values = text.split(",").map((part) => (part.trim() === "" ? Number.NaN : Number(part)));
      const sound = values.length === names.length && values.every((v) => v >= min && v <= max);
      return sound ? Float32Array.from(values) : undefined;
    },
    mount(place, change) {
      const now = Float32Array.from(initial);
      const rows = names.map((name, i) => {
        const id = unique();
        const value = h("span", { class: "value", "aria-hidden": true });
        const input = h("input", { type: "range", id, min, max, step, value: initial[i] });
        input.addEventListener("input", () => {
          now[i] = input.valueAsNumber;
          change(now.slice());
        });
        const row = h(
          "div",
          { class: "handle", style: `--hue: ${hue(i)}` },
          h("label", { for: id }, name),
          input,
          value,
        );
        return { row, input, value, name };
      });
      const zero = Math.min(1, Math.max(0, -min / (max - min)));
      const title = h("p", { class: "part-title", id: unique() }, label);
      place.append(
        h(
          "div",
          { class: "handles", role: "group", "aria-labelledby": title.id, style: `--zero: ${zero}` },
          title,
          ...rows.map(({ row }) => row),
        ),
      );
      return (values: Float32Array, echo: Echo) => {
        now.set(values);
        rows.forEach(({ row, input, value }, i) => {
          input.valueAsNumber = values[i];
          const text = number(values[i], digits);
          value.textContent = text;
          row.style.setProperty("--at", String((values[i] - min) / (max - min)));
          const more = typeof echo === "string" ? echo : (echo[i] ?? "");
          input.setAttribute("aria-valuetext", more ? `${text}, ${more}` : text);
        });
      };
    },
  };
}

/** The same value in a figure further on: its handles side by side, in little height; titled where there are others. */
export function strip(control: Control<Float32Array>, titled = false): Control<Float32Array> {
  return {
    ...control,
    mount(place, change) {
      const show = control.mount(place, change);
      place.lastElementChild?.classList.add("strip", ...(titled ? ["titled"] : []));
      return show;
    },
  };
}

import type { Control } from "../figure.js";
import { h } from "./dom.js";
import { whenHidden } from "./page.js";
import { slider } from "./slider.js";

const BEAT = 1100; // milliseconds: long enough to read what changed

interface Steps {
  min: number;
  max: number;
  label: string;
  /** How a step is written. */
  text?: (step: number) => string;
}

/** A slider over whole steps, with buttons that go one back, play, and one on. */
export function player(initial: number, range: Steps): Control<number> {
  const control = slider(initial, range);
  return {
    ...control,
    read(text) {
      const value = control.read(text);
      return value !== undefined && Number.isInteger(value) ? value : undefined;
    },
    mount(place, change) {
      let now = initial;
      let timer: ReturnType<typeof setInterval> | undefined;
      const button = (label: string, press: () => void) => {
        const made = h("button", { type: "button" }, label);
        made.addEventListener("click", press);
        return made;
      };
      const go = (step: number) => change(Math.min(range.max, Math.max(range.min, step)));
      const back = button("Back", () => pause(now - 1));
      const play = button("Play", () => (timer === undefined ? start() : pause(now)));
      const next = button("Next", () => pause(now + 1));

      function start() {
        play.textContent = "Pause";
        timer = setInterval(() => (now >= range.max ? pause(now) : go(now + 1)), BEAT);
        go(now >= range.max ? range.min : now + 1);
      }
      function pause(step: number) {
        clearInterval(timer);
        timer = undefined;
        play.textContent = "Play";
        if (step !== now) go(step);
      }
      whenHidden(() => pause(now));

      const box = h("div", { class: "player" });
      place.append(box);
      const show = control.mount(box, (step) => {
        pause(now);
        change(step);
      });
      box.append(h("div", { class: "buttons" }, back, play, next));
      return (step, echo) => {
        now = step;
        // aria-disabled keeps the focus where it is when the end is reached.
        back.setAttribute("aria-disabled", String(step <= range.min));
        next.setAttribute("aria-disabled", String(step >= range.max));
        if (step >= range.max && timer !== undefined) pause(step);
        show(step, echo);
      };
    },
  };
}

import type { Softmax } from "softmax-wasm";
import type { Address } from "./address.js";
import { stage, whenHidden, whileShown } from "./kit/page.js";
import { trigger } from "./kit/trigger.js";
import { race } from "./race.js";

export type { Softmax };
export type Op = Exclude<keyof Softmax, "variant">;

/** What a handle says after its own value: one text, or one for each handle of the control. */
export type Echo = string | readonly string[];

export interface Control<T> {
  readonly initial: T;
  /** Controls with the same name here are one value, moved in any of their figures. */
  readonly shared?: string;
  write(value: T): string;
  /** The value a text stands for; undefined when it stands for none that this control allows. */
  read(text: string): T | undefined;
  /** Puts the control in its place; returns what shows a value in it. */
  mount(place: HTMLElement, change: (value: T) => void): (value: T, echo: Echo) => void;
}

/** Milliseconds a call, lap by lap, of every contender that has run; `over` when all have. */
export interface Laps {
  readonly times: ReadonlyMap<string, readonly number[]>;
  readonly over: boolean;
}

interface Measures {
  /** What the button says. */
  readonly label: string;
  /** One sentence on how it went. */
  verdict(laps: Laps): string;
}

/** A figure is data and two functions. */
export interface Figure<V extends object = Record<string, unknown>, R = unknown, D = R> {
  /** The public functions this figure explains. */
  readonly ops: readonly Op[];
  /** Functions explained elsewhere that it calls as well. */
  readonly also?: readonly Op[];
  /** What the reader can move. */
  readonly controls: { readonly [K in keyof V]: Control<V[K]> };
  /** Set when compute measures time: it returns milliseconds a call, runs in a Worker when asked to, and draw gets the laps. */
  readonly measures?: Measures;
  /** Calls the library. */
  compute(sm: Softmax, values: V): R;
  /** Never calls the library. */
  draw(el: HTMLElement, result: D, values: V): void;
  /** What assistive technology reads after the value of each control. */
  echo?(result: D, values: V): { readonly [K in keyof V]?: Echo };
}

/** A figure, with its types checked where it is written. */
export const define = <V extends object, R, D = R>(figure: Figure<V, R, D>) => figure;

/** Puts a figure on the page and keeps controls, result and drawing in step. */
export function mount(id: string, figure: Figure, place: HTMLElement, sm: Softmax, address: Address) {
  const controls = Object.entries<Control<unknown>>(figure.controls).map(([name, control]) => ({
    name,
    control,
    key: control.shared ?? `${id}.${name}`,
  }));
  const { panel, view, reset } = stage(place, () => {
    for (const { key, control } of controls) address.set(key, control, control.initial);
  });
  const shows = controls.map(({ control, key }) => control.mount(panel, (value) => address.set(key, control, value)));
  const valuesNow = () =>
    Object.fromEntries(controls.map(({ name, key, control }) => [name, address.get(key, control)]));
  const stopwatch = figure.measures && measuring(figure.measures, panel, valuesNow, () => invalidate());

  let shown = false;
  let stale = false;
  let frame = 0;

  function update() {
    frame = 0;
    stale = false;
    const values = valuesNow();
    const result = stopwatch ? stopwatch.laps() : figure.compute(sm, values);
    figure.draw(view, result, values);
    const echo = figure.echo?.(result, values) ?? {};
    for (const [i, { name }] of controls.entries()) shows[i](values[name], echo[name] ?? "");
    reset.hidden = !controls.some(({ key }) => address.has(key));
  }

  /** Draws with the next frame, or once the figure is seen again. */
  function invalidate() {
    stale = true;
    if (shown && !frame) frame = requestAnimationFrame(update);
  }

  address.watch((key) => {
    if (key !== undefined && !controls.some((control) => control.key === key)) return;
    stopwatch?.clear();
    invalidate();
  });
  update(); // seen or not, so that the figure has its height
  whileShown(
    place,
    (now) => {
      shown = now;
      if (shown && stale) invalidate();
    },
    invalidate,
  );
}

/** The button, the Worker and the laps of a figure that measures. */
function measuring({ label, verdict }: Measures, panel: HTMLElement, values: () => object, changed: () => void) {
  let times = new Map<string, number[]>();
  let over = false;
  let stop: (() => void) | undefined;

  const say = trigger(panel, label, () => {
    if (stop) return;
    clear();
    say("Running …", true);
    stop = race(values(), {
      lap({ name, time }) {
        times.set(name, [...(times.get(name) ?? []), time]);
        changed();
      },
      done() {
        over = true;
        finish(verdict({ times, over }));
      },
      failed: (reason) => finish(`The race could not be run: ${reason}`),
    });
  });

  function finish(text: string) {
    stop = undefined;
    say(text, false);
    changed();
  }
  function clear() {
    stop?.();
    stop = undefined;
    times = new Map();
    over = false;
    say("", false);
  }
  // A hidden page is slowed down by the browser, and its times would mean nothing.
  whenHidden(() => {
    if (!stop) return;
    clear();
    finish("Stopped, because the page was hidden.");
  });
  return { laps: (): Laps => ({ times, over }), clear };
}

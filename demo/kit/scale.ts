/** Where values stand on an axis. */
export interface Axis {
  min: number;
  max: number;
  log?: boolean;
  ticks: readonly number[];
  /** How a tick is written. */
  text: (value: number) => string;
  label: string;
}

/** Maps the axis onto pixels from a to b. */
export function scale({ min, max, log = false }: Axis, a: number, b: number) {
  const f = log ? Math.log : (v: number) => v;
  const factor = (b - a) / (f(max) - f(min));
  return (value: number) => a + (f(value) - f(min)) * factor;
}

/** Values from min to max in count equal steps, or equal factors. */
export function sweep(min: number, max: number, count: number, log = false): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => {
    const t = i / (count - 1);
    return log ? min * (max / min) ** t : min + (max - min) * t;
  });
}

/** Pushes labels apart so that none is nearer than gap to the next, and all stay between low and high. */
export function apart(places: readonly number[], gap: number, low: number, high: number): number[] {
  const order = places.map((_, i) => i).sort((a, b) => places[a] - places[b]);
  const result = [...places];
  let floor = low;
  for (const i of order) {
    result[i] = Math.max(result[i], floor);
    floor = result[i] + gap;
  }
  let ceiling = high;
  for (const i of order.reverse()) {
    result[i] = Math.min(result[i], ceiling);
    ceiling = result[i] - gap;
  }
  return result;
}

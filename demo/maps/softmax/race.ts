import { define, type Laps } from "../../figure.js";
import { choice } from "../../kit/choice.js";
import { type Lane, lanes } from "../../kit/lanes.js";
import { number } from "../../kit/text.js";

const LAP = 30; // milliseconds: some clocks in browsers tick only once in one

const shapes = {
  vocabulary: { rows: 1, cols: 50_000 },
  attention: { rows: 512, cols: 512 },
  digits: { rows: 10_000, cols: 10 },
};

const contenders = {
  plain: ["JavaScript", "three plain loops"],
  scalar: ["WebAssembly", "one number at a time"],
  simd: ["WebAssembly SIMD", "four at a time"],
  relaxed: ["WebAssembly relaxed SIMD", "four, with fused steps"],
} as const;

export const figure = define({
  ops: [],
  also: ["softmax"],
  controls: {
    shape: choice(
      "vocabulary" as keyof typeof shapes,
      {
        vocabulary: "one row of 50,000: the words of a language model",
        attention: "512 rows of 512: one head of attention",
        digits: "10,000 rows of 10: a batch of digits",
      },
      "The work",
    ),
  },
  compute(sm, { shape }) {
    const { rows, cols } = shapes[shape];
    const x = noise(rows * cols);
    const out = new Float32Array(x.length);
    const options = { cols, out };
    let calls = 0;
    const start = performance.now();
    let now = start;
    do {
      sm.softmax(x, options);
      ++calls;
      now = performance.now();
    } while (now - start < LAP);
    return (now - start) / calls;
  },
  measures: {
    label: "Start the race",
    verdict({ times }) {
      const [plain, ...modules] = [...times].map(([id, laps]) => ({ id, laps: laps.length, time: median(laps) }));
      const best = modules.reduce((a, b) => (b.time < a.time ? b : a));
      const name = contenders[best.id as keyof typeof contenders][0];
      const factor = number(plain.time / best.time, 1);
      return `Median of ${plain.laps} laps each: ${name} takes ${duration(best.time)} where JavaScript takes ${duration(plain.time)}, ${factor} times as long.`;
    },
  },
  draw(el, { times, over }: Laps) {
    const medians = new Map([...times].map(([id, laps]) => [id, median(laps)]));
    const plain = medians.get("plain");
    const fastest = Math.min(...medians.values());
    lanes(
      el,
      Object.entries(contenders).map(([id, [name, note]]): Lane => {
        const time = medians.get(id);
        const missing = over ? "not in this browser" : "–";
        return {
          name,
          note,
          time,
          text: time === undefined ? missing : duration(time),
          factor: time === undefined || !plain || id === "plain" ? "" : `×${number(plain / time, 1)}`,
          strong: over && time === fastest,
        };
      }),
    );
  },
});

const duration = (ms: number) => {
  const [value, unit] = ms < 1 ? [ms * 1000, "µs"] : [ms, "ms"];
  return `${number(value, value < 10 ? 2 : value < 100 ? 1 : 0)} ${unit}`;
};

function median(times: readonly number[]): number {
  const sorted = [...times].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Scores between -8 and 8, the same at every call. */
function noise(length: number): Float32Array {
  let state = 1;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0; // Numerical Recipes' generator: good enough for scores
    return (state / 2 ** 32) * 16 - 8;
  });
}

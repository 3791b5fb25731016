import { handles } from "./kit/handles.js";
import { number } from "./kit/text.js";

/** The example of the chapter, without its small words: "The cat saw the sun. It …" */
export const sentence = ["cat", "saw", "sun", "it"] as const;

/** What each word is to others, [word, (thing, shine)] … */
export const keys = Float32Array.of(2, -0.5, -1, 0, 2, 1.5, 0.5, 0);
/** … and what it gives them, [word, (fur, light)]. */
export const values = Float32Array.of(3, 0, -1, -1, 0, 3, 1, 1);

/** What "it" looks for; one value for the whole chapter. */
export const query = handles([1.5, 0.5], {
  names: ["thing", "shine"],
  min: -3,
  max: 3,
  label: "what “it” looks for",
  shared: "query",
});

/** What each word looks for. */
export const queries = (it: Float32Array) => Float32Array.of(-1.5, 0, 1.5, 0, -1, 0.5, ...it);

/** Two numbers of the row i of [rows, 2]. */
export const pair = (xs: ArrayLike<number>, i: number, digits = 2) =>
  `${number(xs[2 * i], digits)}, ${number(xs[2 * i + 1], digits)}`;

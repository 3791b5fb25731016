import { handles } from "./kit/handles.js";

/** The example of the chapter: how well each word would end "The cat sat on the …". */
export const words = ["roof", "chair", "moon", "mat", "book"] as const;

/** One value for the whole chapter: what the reader drags in one figure is dragged in all of them. */
export const scores = handles([1, 2, -1, 3, 0], {
  names: words,
  min: -5,
  max: 5,
  label: "scores",
  shared: "scores",
});

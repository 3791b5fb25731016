import { define } from "../../figure.js";
import { choice } from "../../kit/choice.js";
import { part, say } from "../../kit/dom.js";
import { heat } from "../../kit/heat.js";
import { letters } from "../../kit/letters.js";
import { matrix } from "../../kit/matrix.js";
import { reading, shown } from "../../kit/reading.js";
import { sheet } from "../../kit/sheet.js";
import { exact, number, percent } from "../../kit/text.js";
import { product, transposed } from "../../model/linear.js";
import { alphabet, encode, fromFile, headsIn, read, sizes, writeOn } from "../../model/model.js";
import file from "../../model/weights.bin?url";

const weights = fromFile(await (await fetch(file)).arrayBuffer());
const { heads, dim } = headsIn(sizes, 1);
const maps = ["softmax", "entmax15", "sparsemax"] as const;
const names = ["softmax", "1.5-entmax", "sparsemax"];
const most = 6;

/** Choices numbered from 1. */
const numbered = (n: number, what: string): Record<string, string> =>
  Object.fromEntries(Array.from({ length: n }, (_, i) => [String(i + 1), `${what} ${i + 1}`]));

/** The places of the n largest, largest first. */
const largest = (values: Float32Array, n: number) =>
  Array.from(values.keys())
    .sort((a, b) => values[b] - values[a])
    .slice(0, n);

/** A letter with some of what stands around it. */
const around = (text: string, at: number) =>
  `${at > 5 ? "…" : ""}${text.slice(Math.max(0, at - 5), at)}[${shown(text[at])}]${text.slice(at + 1, at + 4)}`;

export const figure = define({
  ops: [],
  also: ["attentionWeights", "attention", "gelu", "softmax", "kvCache"],
  controls: {
    reading: reading("Ana is in the barn. The moon is with Ben. The cup is red. Who has the moon? ", {
      label: "It reads",
      most: 120,
      letter: "letter that looks",
    }),
    layer: choice<string>(String(sizes.layers), numbered(sizes.layers, "layer"), "Layer"),
    head: choice<string>("4", numbered(heads, "head"), "Head"),
  },
  compute(sm, { reading: { text, at }, layer, head }) {
    const { traces, scores } = read(sm, weights, encode(text));
    const { q, k, v } = traces[Number(layer) - 1];
    const own = (x: Float32Array) =>
      x.subarray((Number(head) - 1) * text.length * dim, Number(head) * text.length * dim);
    const [queries, keys, values] = [q, k, v].map(own);
    const row = <T extends Float32Array>(matrix: T, columns: number) =>
      matrix.subarray(at * columns, (at + 1) * columns);
    const rules = { dim, causal: true };
    const matrices = maps.map((map) => sm.attentionWeights(queries, keys, { ...rules, map }));
    const rows = matrices.map((matrix) => row(matrix, text.length));
    return {
      scores: row(sm.attentionWeights(queries, keys, { ...rules, stage: "biased" }), text.length),
      matrices,
      rows,
      values,
      taken: rows.map((weights) => product(sm, weights, transposed(values, dim), text.length)),
      next: sm.softmax(row(scores, alphabet.length)),
      written: writeOn(sm, weights, text, 30, "."),
    };
  },
  draw(el, { scores, matrices, rows, values, taken, next, written }, { reading: { text, at } }) {
    const [seen, n] = [at + 1, text.length];
    const steepest = Math.max(...scores.subarray(0, seen).map(Math.abs));
    letters(part(el, "line", "what the framed letter finds in each before it, and how much it looks there"), text, at, [
      { name: "score", shades: Array.from(text, (_, j) => (j > at ? undefined : scores[j] / steepest)) },
      ...rows.map((row, m) => ({
        name: names[m],
        shades: Array.from(text, (_, j) => (j > at ? undefined : Math.sqrt(row[j]))),
      })),
    ]);
    const likely = largest(next, 3).map((i) => `“${shown(alphabet[i])}” ${percent(next[i])}`);
    say(el, "next", `After “${shown(text[at])}” it expects ${likely.join(", ")}. The whole line goes on: “${written}”`);
    const places = largest(rows[0].subarray(0, seen), most);
    sheet(
      part(el, "most", "where it looks most"),
      "The letters with the largest weights",
      ["letter", "score", ...names],
      places.map((j) => ({
        name: around(text, j),
        i: 0,
        cells: [{ text: number(scores[j], 1) }, ...rows.map((row) => ({ text: exact(row[j]), share: row[j] }))],
      })),
    );
    const columns = Array.from({ length: dim }, (_, i) => String(i + 1));
    heat(part(el, "mix", `the values of these letters, ${dim} numbers each, and what it takes from all by each map`), {
      caption: "Values of the letters with the largest weights, and their weighted mix by each map",
      corner: "value",
      rows: [...places.map((j) => around(text, j)), ...names],
      columns,
      values: Float32Array.from([
        ...places.flatMap((j) => [...values.subarray(j * dim, (j + 1) * dim)]),
        ...taken.flatMap((mix) => [...mix]),
      ]),
      full: Math.max(...values.map(Math.abs)),
      plain: true,
      text: (value) => number(value, 1),
    });
    const three = part(el, "three");
    matrices.forEach((weights, m) => {
      matrix(part(three, maps[m], names[m]), `Weights of every letter by ${names[m]}, ${n} by ${n}`, weights, at);
    });
  },
  echo({ rows }, { reading: { text } }) {
    const [first, second] = largest(rows[0], 2);
    const said = `looks at ${around(text, first)} ${percent(rows[0][first])}, ${text.length > 1 ? `${around(text, second)} ${percent(rows[0][second])}` : ""}`;
    return { reading: said };
  },
});

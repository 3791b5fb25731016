import { define } from "../figure.js";
import { part } from "../kit/dom.js";
import { strip } from "../kit/handles.js";
import { player } from "../kit/player.js";
import { readout } from "../kit/readout.js";
import { sheet } from "../kit/sheet.js";
import { hue } from "../kit/text.js";
import { keys, pair, queries, query, sentence, values } from "../sentence.js";

const n = sentence.length;

export const figure = define({
  ops: ["kvCache"],
  also: ["attention"],
  controls: {
    read: player(2, { min: 1, max: n, label: "words read" }),
    query: strip(query, true),
  },
  compute(sm, { query, read }) {
    const q = queries(query);
    const row = (x: Float32Array, i: number) => x.subarray(2 * i, 2 * i + 2);
    const cache = sm.kvCache({ dim: 2, capacity: n });
    const decoded: Float32Array[] = [];
    for (let i = 0; i < read; ++i) {
      cache.append(row(keys, i), row(values, i));
      decoded.push(cache.attend(row(q, i)));
    }
    const { length } = cache;
    cache.free();
    return { length, decoded, whole: sm.attention(q, keys, values, { dim: 2, causal: true }) };
  },
  draw(el, { length, decoded, whole }, { read }) {
    sheet(
      part(el, "rows"),
      "What each word takes when it is read, and when all are there at once",
      ["word", "takes when it is read", "all at once"],
      sentence.map((name, i) => ({
        name,
        i,
        ...(i < read ? {} : { mark: "faint" as const }),
        cells: [
          { text: i < read ? pair(decoded[i], 0, 3) : "–", ...(i === read - 1 ? { mark: "now" as const } : {}) },
          { text: pair(whole, i, 3) },
        ],
      })),
    );
    readout(part(el, "now"), [
      { name: "words in the cache", text: String(length) },
      { name: "scores for the newest word", text: String(length), colour: hue(0) },
      { name: "had nothing been kept", text: String((length * (length + 1)) / 2), colour: hue(1) },
    ]);
  },
  echo({ decoded, whole }, { read }) {
    return {
      read: `${sentence[read - 1]} takes ${pair(decoded[read - 1], 0, 3)}, all at once ${pair(whole, read - 1, 3)}`,
      query: `it takes ${pair(whole, n - 1, 3)}`,
    };
  },
});

// The measurements, in whatever engine this file runs.
//
// A contestant is what peers/*.mjs open: { inside, into, endToEnd }, each from an op's name to
// ({ x, rows, cols }) => { run, base?, length?, waits?, close? } (time.mjs), or to an object of such
// where it has several ways; undefined where it cannot run.
//   inside    data already in the contestant's own memory, result left there
//   endToEnd  Float32Array in, a new Float32Array out; run gives the result
//   into      Float32Array in, the caller's Float32Array out; a peer that cannot is timed endToEnd
import { judge } from "./accuracy.mjs";
import { attentionData, normal } from "./data.mjs";
import * as limits from "./peers/limits.mjs";
import * as litert from "./peers/litert.mjs";
import * as ort from "./peers/ort.mjs";
import * as ours from "./peers/ours.mjs";
import * as plain from "./peers/plain.mjs";
import * as tfjs from "./peers/tfjs.mjs";
import { accuracy, attention, options, speed } from "./rows.mjs";
import { measure, median } from "./time.mjs";

const kVariants = ["scalar", "simd", "relaxed"];
const kAccuracySize = 2 ** 17; // floats, at least, for each row of the table

/**
 * @param {object} settings
 *   ours     where this library is, variant -> url; absent for the peers alone
 *   modules  where node_modules is, ending in /
 *   only     rows whose name holds this text
 *   rounds   samples of each
 * @param {(line: string) => void} tell  progress
 */
export async function suite(settings, tell) {
  const opened = await openAll(settings);
  const chosen = (rows, table) =>
    rows.map((row) => ({ ...row, name: nameOf(row) })).filter(({ name }) => `${table} ${name}`.includes(settings.only));

  const results = { speed: [], attention: [], options: [], accuracy: [] };
  for (const row of chosen(speed, "speed")) {
    tell(row.name);
    results.speed.push({ ...row, times: await race(calls(opened, row), row, settings.rounds) });
  }
  for (const row of chosen(attention, "speed")) {
    tell(row.name);
    const times = await race(calls(opened, { ...row, how: "inside" }), row, settings.rounds);
    results.attention.push({ ...row, times: withFastest(times) });
  }
  for (const row of settings.ours ? chosen(options, "options") : []) {
    tell(row.name);
    const times = await race(pairs(opened, row), row, settings.rounds);
    results.options.push({ ...row, times });
  }
  for (const row of chosen(accuracy, "accuracy")) {
    tell(`accuracy, ${row.name}`);
    results.accuracy.push({ ...row, errors: await errors(opened, row) });
  }
  return results;
}

async function openAll(settings) {
  const opened = {};
  for (const [name, peer] of Object.entries({ plain, ort, tfjs, litert, limits })) {
    opened[name] = await peer.open(settings);
  }
  for (const variant of settings.ours ? kVariants : []) {
    opened[variant] = await ours.open({ ...settings, variant });
  }
  return Object.fromEntries(Object.entries(opened).filter(([, contestant]) => contestant));
}

function nameOf({ op, how, rows, cols, sd, above, heads, queries, keys, dim, causal }) {
  if (heads) return `${op} ${heads}×${queries}×${keys}×${dim}${causal ? ", causal" : ""}`;
  const words = { endToEnd: ", end to end", into: ", into the caller's" };
  const scores = `${cols} sd ${sd}${above ? `, one ${above} above` : ""}`;
  return `${op}${words[how] ?? ""} ${sd ? scores : `${rows}×${cols}`}`;
}

/** Who can run the row, and how; under "<name>, <way>" who has several ways. */
function calls(opened, { op, how }) {
  const found = {};
  for (const [name, contestant] of Object.entries(opened)) {
    const make =
      contestant[how]?.[op] ??
      (how === "into" ? contestant.endToEnd[op] : undefined) ??
      (op === "decode" ? contestant[how]?.attention : undefined); // to who has nothing of its own for it
    if (typeof make === "function") found[name] = make;
    else for (const [way, one] of Object.entries(make ?? {})) found[`${name}, ${way}`] = one;
  }
  return found;
}

/** Who has several ways counts by the fastest. */
function withFastest(times) {
  const all = { ...times };
  for (const [name, time] of Object.entries(times)) {
    const [contestant] = name.split(", ");
    if (!(median(all[contestant] ?? [Infinity]) <= median(time))) all[contestant] = time;
  }
  return all;
}

/** Our variants on the row's op, and under "<variant>, plain" on the op it is compared with. */
function pairs(opened, { op, against }) {
  const found = {};
  for (const variant of kVariants.filter((name) => opened[name])) {
    found[variant] = opened[variant].inside[op];
    found[`${variant}, plain`] = opened[variant].inside[against];
  }
  return found;
}

/** Samples in µs of all makers, alternating. */
async function race(makers, row, rounds) {
  const given = row.heads ? row : { ...row, x: normal(row.rows * row.cols, 1) };
  const timed = {};
  for (const [name, make] of Object.entries(makers)) timed[name] = await make(given);
  const times = await measure(timed, rounds);
  for (const { close } of Object.values(timed)) await close?.();
  return times;
}

async function errors(opened, row) {
  const { op, cols, sd, above = 0, heads } = row;
  const rows = Math.ceil(kAccuracySize / cols);
  const x = heads ? attentionData(row) : normal(rows * cols, sd);
  for (let first = 0; above && first < x.length; first += cols) x[first] += above;
  const found = {};
  for (const [name, make] of Object.entries(calls(opened, { op, how: "endToEnd" }))) {
    const call = await make(heads ? row : { x, rows, cols });
    found[name] = judge[op](await call.run(), x, heads ? row : cols);
    await call.close?.();
  }
  return found;
}

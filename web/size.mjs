// npm run size: what a page loads from dist/, file by file; fails when it is too much.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { root } from "./bring.mjs";

// Bytes, each file gzipped by itself as servers do. The softmax family alone was held to 25 000; every family since has
// brought its own, and what is here now is to grow no further unseen.
const limit = 70_000;

/** The file and what it imports at once, transitively. */
function loaded(file, seen = new Set()) {
  seen.add(file);
  const text = readFileSync(join(root, "dist", file), "utf8");
  for (const [, name] of text.matchAll(/(?:from|import)\s*"\.\/([^"]+)"/g)) if (!seen.has(name)) loaded(name, seen);
  return seen;
}

const files = [...loaded("index.js"), "wasm/relaxed.js", "wasm/relaxed.wasm"];
const sizes = files.map((file) => {
  const bytes = readFileSync(join(root, "dist", file));
  return [file, bytes.length, gzipSync(bytes, { level: 9 }).length, brotliCompressSync(bytes).length];
});
const total = sizes.reduce(
  (sum, row) => row.map((value, i) => (i === 0 ? "all a page loads" : sum[i] + value)),
  [0, 0, 0, 0],
);

const line = (row) => row.map((cell, i) => (i === 0 ? String(cell).padEnd(20) : String(cell).padStart(9))).join("");
for (const row of [["file", "bytes", "gzip", "brotli"], ...sizes, total]) console.log(line(row));
if (total[2] > limit) {
  console.log(`over the limit of ${limit} bytes gzipped`);
  process.exitCode = 1;
}

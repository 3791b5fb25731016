// npm run size: what a page loads from dist/, file by file; fails when it is too much.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { root } from "./bring.mjs";

// Bytes, each file gzipped by itself as servers do. That of all functions is to grow no further unseen.
const limits = { index: 68_700, lean: 25_000 };

/** The file and what it imports at once, transitively. */
function loaded(file, seen = new Set()) {
  seen.add(file);
  const text = readFileSync(join(root, "dist", file), "utf8");
  for (const [, name] of text.matchAll(/(?:from|import)\s*"\.\/([^"]+)"/g)) if (!seen.has(name)) loaded(name, seen);
  return seen;
}

const line = (row) => row.map((cell, i) => (i === 0 ? String(cell).padEnd(24) : String(cell).padStart(9))).join("");
for (const [entry, limit] of Object.entries(limits)) {
  const module = entry === "lean" ? "lean-relaxed" : "relaxed";
  const sizes = [...loaded(`${entry}.js`), `wasm/${module}.wasm`].map((file) => {
    const bytes = readFileSync(join(root, "dist", file));
    return [file, bytes.length, gzipSync(bytes, { level: 9 }).length, brotliCompressSync(bytes).length];
  });
  const total = [1, 2, 3].map((i) => sizes.reduce((sum, row) => sum + row[i], 0));
  for (const row of [["file", "bytes", "gzip", "brotli"], ...sizes, ["all a page loads", ...total]])
    console.log(line(row));
  console.log();
  if (total[1] > limit) {
    console.log(`${entry} is over its limit of ${limit} bytes gzipped`);
    process.exitCode = 1;
  }
}

// The README's lines of use run as they stand there.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "../../..");

test("the code under Use runs, and gives what its comments say after →", async () => {
  const use =
    readFileSync(join(root, "README.md"), "utf8")
      .split(/^## /m)
      .find((section) => /^Use\b/.test(section)) ?? "";
  const code = /^```(?:js|ts|javascript|typescript)\n([\s\S]*?)^```/m.exec(use)?.[1];
  assert.ok(code, "there is a block of code under Use");
  // `const y = f(x);   // → [1, 2]` also checks y.
  const checked = code.replace(/^(const (\w+) = .*?;)\s*\/\/ → (.*)$/gm, "$1 check($2, $3);");
  const folder = join(root, "build/readme");
  mkdirSync(folder, { recursive: true });
  const file = join(folder, "use.mjs");
  const check =
    'import assert from "node:assert/strict";\nconst plain = (v) => (ArrayBuffer.isView(v) ? [...v] : v);\nconst check = (a, b) => assert.deepEqual(plain(a), b);\n';
  writeFileSync(file, check + checked);
  await import(pathToFileURL(file).href);
});

// The rooms agree: an op of cpp/ops.def has its contract, kernel, public function, tests, sample and figure, by its name,
// and what one room takes from another points down.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { load } from "softmax-wasm";
import { samples } from "./web/samples.js";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const text = (path: string) => (existsSync(join(root, path)) ? readFileSync(join(root, path), "utf8") : "");
const files = (room: string, ending: RegExp) =>
  (existsSync(join(root, room)) ? readdirSync(join(root, room), { recursive: true, encoding: "utf8" }) : [])
    .map((file) => join(room, file).replaceAll("\\", "/"))
    .filter((file) => ending.test(file) && !file.includes("node_modules"));

const families = ["maps", "activations", "formats", "states", "losses", "attention"];
const ops = [...text("cpp/ops.def").matchAll(/^OP\((\w+),/gm)].map(([, op]) => op as string);
const camel = (op: string) => op.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
/** Ops without a public function, and what reaches them. */
const reachedBy: Record<string, RegExp> = {
  gradient_temperature: /\bScored\b[\s\S]*\bx\?: Input\b/,
  ...Object.fromEntries(
    ["float16", "bfloat16", "uint8", "int8"].flatMap((format) => [
      [`from_${format}`, /\bdtype\b[\s\S]*\binputScale\b/],
      [`to_${format}`, /\bdtype\b[\s\S]*\binputScale\b/],
    ]),
  ),
  mask_below: /\bmaskBelow\b/,
  row_census: /\bstats\b[\s\S]*emptyRow\b|\bemptyRow\b[\s\S]*stats\b/,
  cross_entropy_soft: /\bcrossEntropy\b[\s\S]*soft targets/,
  decode_attention: /<= few\b/,
  append_keys: /\bappend\(keys, values\b/,
  append_values: /\bappend\(keys, values\b/,
};
/** What the tests of a map compare it with, where no oracle has its name. */
const comparedWith: Record<string, RegExp> = {
  hardmax: /\boracle::softmax\b/, // at temperature 0
  gumbel_noise: /\boracle::gumbel\b/, // of one number
  gumbel_softmax_vjp: /\bSameBits\(run\(sm::softmax_vjp\b/, // which it is, to the bit
};
/** Or, if it is a gradient, with the central differences of the oracle of its map. */
const isCompared = (op: string, own: string) =>
  (comparedWith[op] ?? new RegExp(`\\boracle::${op}\\b`)).test(own) ||
  (op.endsWith("_vjp") &&
    new RegExp(`\\boracle::${op.replace("_vjp", "")}\\b`).test(own) &&
    /\b(vjp_is_the_gradient|central_differences)\(/.test(own));
/** Maps without a gradient, and why. */
const withoutGradient: Record<string, string> = {
  hardmax: "it is flat but where it jumps",
  row_stats: "its numbers are for people; those that learn have ops of their own",
  gumbel_noise: "it is not made of scores",
};
const testOf = (file: string) => file.replace("cpp/", "tests/").replace(".cpp", "_test.cpp");
/** The kernel file of an op is the one that defines it. */
const kernels = families.flatMap((family) => files(`cpp/${family}`, /\.cpp$/));
const sm = (await load()) as unknown as Record<string, unknown>;

test("the table has ops, and each only once", () => {
  assert.ok(ops.length > 0);
  assert.equal(new Set(ops).size, ops.length);
});

describe("op", () => {
  for (const op of ops) {
    test(op, () => {
      const declared = families.filter((family) => new RegExp(`^\\w+ ${op}\\(`, "m").test(text(`cpp/${family}.h`)));
      assert.equal(declared.length, 1, `declared in ${declared.join(" and ") || "no header"}`);
      const header = text(`cpp/${declared[0]}.h`);
      const contract = new RegExp(`((?:^//.*\\n)+)^\\w+ ${op}\\(`, "m").exec(header)?.[1] ?? "";
      assert.match(contract, new RegExp(`^// ${op}: `), "a contract begins with the name");
      for (const field of op.endsWith("_vjp") ? ["out", "in"] : ["out", "in", "source"]) {
        assert.match(contract, new RegExp(`^//   ${field}  `, "m"), `the contract says ${field}`);
      }
      const defined = kernels.filter((file) => new RegExp(`^\\w+ ${op}\\(`, "m").test(text(file)));
      assert.equal(defined.length, 1, `defined in ${defined.join(" and ") || "no kernel file"}`);
      const own = text(testOf(defined[0]!));
      assert.match(own, new RegExp(`\\bsm::${op}\\b`), `${testOf(defined[0]!)} calls it`);
      if (op in reachedBy) {
        const faces = ["rows", "losses", "attention", "cache"].map((face) => text(`web/${face}.ts`)).join("");
        return assert.match(faces, reachedBy[op]!, "an option or a call reaches it");
      }
      assert.equal(typeof sm[camel(op)], "function", `${camel(op)} is offered`);
      if (declared[0] === "maps") {
        assert.ok(isCompared(op, own), `${testOf(defined[0]!)} compares it with the oracle`);
        if (!op.endsWith("_vjp"))
          assert.equal(ops.includes(`${op}_vjp`), !(op in withoutGradient), withoutGradient[op] ?? "it has a gradient");
      }
      assert.ok(camel(op) in samples, "it has a sample");
      const stored = new RegExp(`^SAMPLE\\(${camel(op)}, `, "m");
      assert.match(text("tests/hashes.def"), stored, "its bits are stored by npm run hashes");
      if (!op.endsWith("_vjp")) {
        assert.ok(
          existsSync(join(root, defined[0]!.replace("cpp/", "demo/").replace(".cpp", ".ts"))),
          "it has a figure",
        );
      }
    });
  }
});

test("every sample is of an op", () => {
  // A loss makes its gradient in the same pass, so that its vjp is no op of its own.
  for (const name of Object.keys(samples)) {
    assert.ok(
      ops.map(camel).some((op) => name === op || name === `${op}Vjp`),
      name,
    );
  }
});

test("what a header declares is in the table", () => {
  for (const family of families) {
    for (const [, op] of text(`cpp/${family}.h`).matchAll(/^\w+ (\w+)\(/gm))
      assert.ok(ops.includes(op!), `${op} of ${family}.h`);
  }
});

for (const file of ["core", "simd"].flatMap((room) => files(`cpp/${room}`, /\.cpp$/))) {
  test(`${file} has its test`, () => assert.ok(existsSync(join(root, testOf(file))), testOf(file)));
}

describe("kernel file", () => {
  for (const file of kernels) {
    test(`${file} has its test, against the oracle`, () => {
      const own = testOf(file);
      assert.ok(existsSync(join(root, own)), own);
      assert.match(text(own), /^TEST_CASE\(.*\[!benchmark\]/m, `${own} times it`);
      const offered = ops.some((op) => !(op in reachedBy) && new RegExp(`^\\w+ ${op}\\(`, "m").test(text(file)));
      if (offered) assert.match(text(own), /oracle::/, `${own} compares with the oracle`);
    });
  }
});

/** The ladder, from the top; a room includes rooms below it and itself, headers of families stand with their family. */
const level = (file: string) =>
  /^bindings/.test(file)
    ? 5
    : /^(vocab)\b/.test(file)
      ? 4
      : /^(losses|attention|routing)\b/.test(file)
        ? 3
        : /^(formats|maps|activations|states|sampling)\b/.test(file)
          ? 2
          : /^core\b/.test(file)
            ? 1
            : 0;
const room = (file: string) => /^\w+/.exec(file)?.[0];

test("an #include goes down the ladder", () => {
  for (const file of files("cpp", /\.(h|cpp)$/)) {
    const from = file.replace("cpp/", "");
    for (const [, to] of text(file).matchAll(/^#include "([^"]+)"/gm)) {
      if (to === "shapes.h") continue; // the plain words that all of them speak
      assert.ok(existsSync(join(root, "cpp", to!)), `${file} includes ${to}`);
      assert.ok(level(to!) < level(from) || room(to!) === room(from), `${file} includes ${to}`);
    }
  }
});

test("difficulty has an address", () => {
  const only = (what: RegExp, where: RegExp, inFiles: string[]) => {
    for (const file of inFiles) if (!where.test(file)) assert.doesNotMatch(text(file), what, file);
  };
  const cpp = files("cpp", /\.(h|cpp|def)$/);
  only(/#include <(wasm_simd128|simde|immintrin|arm_neon)|^#.*\bSOFTMAX_VARIANT/m, /^cpp\/simd\//, cpp);
  only(/#include <emscripten/, /^cpp\/bindings\.cpp$/, cpp);
  only(/\bwasmMemory\b/, /^web\/memory\.ts$/, files("web", /\.ts$/));
  only(/\bdocument\.|createElementNS/, /^demo\/(kit\/|main\.ts|figure\.ts)/, files("demo", /\.ts$/));
  only(/from "\.\.\/(tests|demo)\//, /^$/, files("web", /\.ts$/));
});

test("the README lists the commands of package.json, and no others", () => {
  const scripts = Object.keys((JSON.parse(text("package.json")) as { scripts: object }).scripts);
  const listed = [...text("README.md").matchAll(/`npm (?:run )?([\w:]+)`/g)].map(([, name]) => name!);
  assert.deepEqual([...new Set(listed)].filter((name) => name !== "ci" && name !== "install").sort(), scripts.sort());
});

test("a file is a page of thought: 400 lines at most", () => {
  for (const file of [
    ...files("cpp", /\.(h|cpp|def|sh)$/),
    ...files("web", /\.(ts|mjs)$/),
    ...files("demo", /\.(ts|mjs|css)$/),
    ...files("tests", /\.(ts|mjs|h|cpp)$/),
  ]) {
    const lines = text(file).split("\n").length;
    assert.ok(lines <= 400, `${file} has ${lines} lines`);
  }
});

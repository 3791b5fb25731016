// What the shipped modules are made of, read from their disassembly.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import wabt from "wabt";

const { readWasm } = await wabt();
const features = { simd: true, relaxed_simd: true, bulk_memory: true, sat_float_to_int: true, sign_extension: true };

/** The instructions of a module, one a line, each function beginning with "(func". */
const disassemble = (variant: string) =>
  readWasm(readFileSync(`dist/wasm/${variant}.wasm`), features)
    .toText({ foldExprs: false, inlineExport: false })
    .split("\n")
    .map((line) => line.trim());

const modules = { scalar: disassemble("scalar"), simd: disassemble("simd"), relaxed: disassemble("relaxed") };

const vector = /^(v128|[if]\d+x\d+)\./;

/** Zero costs one exclusive or wherever it stands; any other constant is loaded or put together. */
const constant = (line: string) => line.startsWith("v128.const") && !/^v128\.const i32x4( 0x00000000){4}$/.test(line);

interface Block {
  loop: boolean;
  constants: Set<string>;
}

/** The names of a module's functions, by their number; the linker notes them beside the module. */
const names = (variant: string) =>
  new Map(
    readFileSync(`build/wasm/${variant}.js.symbols`, "utf8")
      .split("\n")
      .map((line): [string, string] => [line.split(":", 1)[0] ?? "", /sm::\w+(::\w+)?/.exec(line)?.[0] ?? line]),
  );

/** The constants inside innermost loops, each with the function it is in. */
function constantsInLoops(variant: "simd" | "relaxed") {
  const lines = modules[variant];
  const functions = names(variant);
  const found = new Set<string>();
  let name = "";
  let open: Block[] = [];
  let innermost = false; // no loop has ended inside the one that is open
  for (const line of lines) {
    if (line.startsWith("(func")) {
      const number = /;(\d+);/.exec(line)?.[1] ?? "";
      name = functions.get(number) ?? number;
      open = [];
    } else if (/^(loop|block|if)\b/.test(line)) {
      open.push({ loop: line.startsWith("loop"), constants: new Set() });
      if (line.startsWith("loop")) innermost = true;
    } else if (/^end\b/.test(line)) {
      const block = open.pop();
      if (!block?.loop) continue;
      if (innermost) for (const constant of block.constants) found.add(`${constant} in ${name}`);
      innermost = false;
    } else if (constant(line)) {
      open.findLast((block) => block.loop)?.constants.add(line);
    }
  }
  return [...found];
}

test("the scalar module has no vectors", () => {
  assert.deepEqual(
    modules.scalar.filter((line) => vector.test(line)),
    [],
  );
});

test("the simd module has vectors, none of them relaxed", () => {
  assert.ok(modules.simd.some((line) => vector.test(line)));
  assert.deepEqual(
    modules.simd.filter((line) => line.includes("relaxed")),
    [],
  );
});

test("the relaxed module multiplies and adds at once", () => {
  assert.ok(modules.relaxed.includes("f32x4.relaxed_madd"));
});

// V8 of node 24 rebuilds such a constant at every use, which has cost a factor of four. The linker puts them there with
// -O3, and the compiler where a loop's body names a constant that is not in a variable outside of it.
for (const variant of ["simd", "relaxed"] as const) {
  test(`no loop of the ${variant} module builds a constant over and over`, () => {
    assert.deepEqual(constantsInLoops(variant), []);
  });
}

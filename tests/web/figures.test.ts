import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { before, describe, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { load, type Softmax } from "softmax-wasm";

const root = join(dirname(fileURLToPath(import.meta.url)), "../../..");
const demo = join(root, "demo");

/** A figure as the demo's figure.ts has it; only what is asked of it here. */
interface Figure {
  ops: readonly string[];
  also?: readonly string[];
  controls: Record<string, { initial: unknown; write(value: unknown): string; read(text: string): unknown }>;
  compute(sm: Softmax, values: Record<string, unknown>): unknown;
}

/** Every module under the demo's rooms is a figure, and its path is the figure's id. */
const ids = ["maps", "activations", "states", "losses", "attention"].flatMap((room) =>
  readdirSync(join(demo, room), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => join(room, file.slice(0, -3)).replaceAll("\\", "/")),
);

const figures = new Map<string, Figure>();
let sm: Softmax;

before(async () => {
  // The demo is written for a bundler; this makes of each figure a module that node can import.
  const outdir = join(root, "build/figures");
  await build({
    entryPoints: ids.map((id) => ({ in: join(demo, `${id}.ts`), out: id })),
    bundle: true,
    format: "esm",
    outdir,
    loader: { ".bin": "dataurl" }, // what the demo's bundler gives a URL on the page
    logLevel: "error",
  });
  for (const id of ids) {
    const { figure } = (await import(pathToFileURL(join(outdir, `${id}.js`)).href)) as { figure: Figure };
    figures.set(id, figure);
  }
  sm = await load();
});

/** The library, writing down the name of each function that is called. */
function recording(calls: Set<string>): Softmax {
  return new Proxy(sm, {
    get(target, name: keyof Softmax & string) {
      const value = target[name];
      if (typeof value !== "function") return value;
      calls.add(name);
      return value;
    },
  });
}

const initial = (figure: Figure) =>
  Object.fromEntries(Object.entries(figure.controls).map(([name, control]) => [name, control.initial]));

/** Floats anywhere inside a result. */
function* numbers(result: unknown): Generator<number> {
  if (typeof result === "number") yield result;
  else if (result instanceof Float32Array) yield* result;
  else if (typeof result === "object" && result !== null)
    for (const part of Object.values(result)) yield* numbers(part);
}

test("the article has a place for each figure, and a figure for each place", () => {
  const html = readFileSync(join(demo, "index.html"), "utf8");
  const places = [...html.matchAll(/<figure id="([^"]+)"/g)].map(([, id]) => id);
  assert.deepEqual([...places].sort(), [...ids].sort());
});

describe("each figure, as it first stands,", () => {
  for (const id of ids) {
    test(`${id} calls what it names and nothing else`, () => {
      const figure = figures.get(id)!;
      const calls = new Set<string>();
      const result = figure.compute(recording(calls), initial(figure));
      assert.deepEqual([...calls].sort(), [...figure.ops, ...(figure.also ?? [])].sort());
      assert.ok([...numbers(result)].length > 0, "the result holds numbers");
    });

    test(`${id} can be written into the address and read back`, () => {
      for (const [name, control] of Object.entries(figures.get(id)!.controls)) {
        assert.deepEqual(control.read(control.write(control.initial)), control.initial, name);
        for (const nonsense of ["", "NaN", "1e999", "x", "1,x", "__proto__", "%"]) {
          assert.equal(control.read(nonsense), undefined, `${name} from ${JSON.stringify(nonsense)}`);
        }
      }
    });
  }
});

/** What the library offers beside its functions of scores: nothing here to draw. */
const memory = new Set(["resident", "liveBytes"]);

test("every public function is explained by exactly one figure", () => {
  for (const [name, value] of Object.entries(sm)) {
    if (typeof value !== "function" || memory.has(name)) continue;
    const op = name.replace(/(Alpha)?Vjp$/, ""); // a gradient is explained with its function
    const explained = [...figures].filter(([, figure]) => figure.ops.includes(op)).map(([id]) => id);
    assert.equal(explained.length, 1, `${name} is explained by ${explained.join(" and ") || "no figure"}`);
  }
});

test("a figure explains only what there is", () => {
  for (const [id, { ops, also = [] }] of figures) {
    for (const op of [...ops, ...also]) assert.equal(typeof sm[op as keyof Softmax], "function", `${op} of ${id}`);
  }
});

test("the plain JavaScript in the race agrees with the library", async () => {
  const outfile = join(root, "build/figures/plain.js");
  await build({ entryPoints: [join(demo, "plain.ts")], bundle: true, format: "esm", outfile, logLevel: "error" });
  const { plain } = (await import(pathToFileURL(outfile).href)) as { plain: Pick<Softmax, "softmax"> };
  const x = Float32Array.from({ length: 60 }, (_, i) => Math.sin(i) * 10);
  const expected = sm.softmax(x, { cols: 20 });
  plain.softmax(x, { cols: 20, out: new Float32Array(60) }).forEach((p, i) => {
    assert.ok(Math.abs(p - expected[i]!) <= 1e-6 * expected[i]!, `entry ${i}`);
  });
});

// npm run train: makes weights.bin again, from a seed. The simd module computes, and not the fastest this machine has,
// because its bits are the same on every machine.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { load } from "softmax-wasm";

const here = import.meta.dirname;
const outdir = join(here, "../../build/model");
await build({
  entryPoints: ["model", "learn"].map((name) => join(here, `${name}.ts`)),
  bundle: true,
  splitting: true,
  format: "esm",
  outdir,
  logLevel: "error",
});
const made = (name) => import(pathToFileURL(join(outdir, `${name}.js`)).href);
const [{ sizes, toFile, fromFile }, { train, course, exam }] = await Promise.all([made("model"), made("learn")]);

const sm = await load({ variant: "simd" });
const began = performance.now();
let mean = 4;
const weights = train(sm, sizes, course, (step, loss) => {
  mean += (loss - mean) / 50;
  if (step % 100 !== 99) return;
  const seconds = Math.round((performance.now() - began) / 1000);
  console.log(`step ${step + 1} of ${course.steps}: ${mean.toFixed(3)} nats a letter, ${seconds} s`);
});
const file = toFile(weights);
writeFileSync(join(here, "weights.bin"), file);
const { right, loss } = exam(sm, fromFile(file.buffer), 100, 1000);
console.log(`${file.byteLength} bytes; of stories it has not read: ${loss.toFixed(3)} nats a letter,`);
console.log(`${(right * 100).toFixed(1)} % of the answers right`);

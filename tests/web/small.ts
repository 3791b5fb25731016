import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { best, load } from "softmax-wasm";
import { limited } from "./binary.js";

const variant = best();
const wasm = new Uint8Array(readFileSync(fileURLToPath(import.meta.resolve(`softmax-wasm/${variant}.wasm`))));
const module = await WebAssembly.compile(limited(wasm, 2 ** 23));
/** An instance of its own whose memory cannot grow beyond 8 MiB. */
export const small = async () => {
  const own = await load({ variant: variant, module });
  own.softmax([1]);
  return own;
};

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { best, load } from "softmax-wasm";

const variant = best();

/** The same module, but its memory cannot grow beyond so many bytes, so that running out of it is quick. */
const limited = (wasm: Uint8Array<ArrayBuffer>, bytes: number): Uint8Array<ArrayBuffer> => {
  const leb = (at: number): [value: number, end: number] => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = wasm[at++] as number;
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return [value, at];
    }
  };
  for (let at = 8; at < wasm.length; ) {
    const id = wasm[at];
    const [size, body] = leb(at + 1);
    if (id === 5) {
      // memory section: one memory, with a maximum, its smallest size, its largest
      const [, largest] = leb(body + 2);
      const [, end] = leb(largest);
      const made = wasm.slice();
      let pages = bytes / 65536;
      for (let i = largest; i < end; i++, pages = Math.floor(pages / 128))
        made[i] = (pages % 128) + (i < end - 1 ? 128 : 0);
      return made;
    }
    at = body + size;
  }
  throw new Error("no memory section");
};

const wasm = new Uint8Array(readFileSync(fileURLToPath(import.meta.resolve(`softmax-wasm/${variant}.wasm`))));
const module = await WebAssembly.compile(limited(wasm, 2 ** 23));
/** An instance of its own whose memory cannot grow beyond 8 MiB. */
export const small = async () => {
  const own = await load({ variant: variant, module });
  own.softmax([1]);
  return own;
};

// Modules changed byte by byte, to be what no build makes.

export type Bytes = Uint8Array<ArrayBuffer>;

/** The number that stands at a place of a module, and where it ends. */
export const leb = (wasm: Bytes, at: number): [value: number, end: number] => {
  let value = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = wasm[at++] as number;
    value += (byte & 127) * 2 ** shift;
    if (byte < 128) return [value, at];
  }
};

/** Where the contents of a section begin. */
const section = (wasm: Bytes, id: number): number => {
  for (let at = 8; at < wasm.length; ) {
    const [size, body] = leb(wasm, at + 1);
    if (wasm[at] === id) return body;
    at = body + size;
  }
  throw new Error(`no section ${id}`);
};

/** The same module, but its memory cannot grow beyond so many bytes, so that running out of it is quick. */
export const limited = (wasm: Bytes, bytes: number): Bytes => {
  // Memory section: one memory, with a maximum, its smallest size, its largest.
  const [, largest] = leb(wasm, section(wasm, 5) + 2);
  const [, end] = leb(wasm, largest);
  const made = wasm.slice();
  let pages = bytes / 65536;
  for (let i = largest; i < end; i++, pages = Math.floor(pages / 128))
    made[i] = (pages % 128) + (i < end - 1 ? 128 : 0);
  return made;
};

/** The same module, but its function of this index, imports counted, traps when it is called. */
export const trapping = (wasm: Bytes, index: number): Bytes => {
  const imports = WebAssembly.Module.imports(new WebAssembly.Module(wasm)).filter(({ kind }) => kind === "function");
  let [, at] = leb(wasm, section(wasm, 10));
  for (let i = imports.length; i < index; i++) {
    const [size, body] = leb(wasm, at);
    at = body + size;
  }
  const [size, body] = leb(wasm, at);
  const [noLocals, unreachable, nop, end] = [0, 0, 1, 0x0b];
  const made = wasm.slice();
  made.fill(nop, body, body + size).set([noLocals, unreachable], body);
  made[body + size - 1] = end;
  return made;
};

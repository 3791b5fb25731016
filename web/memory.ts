/// <reference lib="esnext.disposable" preserve="true" />
import type { Abi } from "./abi.js";
import * as check from "./check.js";
import { type Format, isNarrow, type Narrow } from "./formats.js";

/** Any array-like of numbers with its dimensions: the tensors of onnxruntime-web and transformers.js fit as they are. */
export interface Tensor<Data = Float32Array> {
  readonly data: Data;
  readonly dims: readonly number[];
  /** "float16" or "bfloat16" says what data that is a Uint16Array holds. */
  readonly type?: string;
}

/** What crosses into a kernel: floats or narrower numbers of the caller's, or memory inside the module. */
export type Floats = Float32Array | Narrow | Resident;

const live = new FinalizationRegistry<() => void>((release) => release());

/**
 * Floats inside the module's memory: used in place, where an array would be copied in and out. Freed by `free()` or
 * `using`; collecting a forgotten one frees it too, late.
 */
export class Resident implements Disposable {
  /** `using` frees a Resident where the engine has it; given below, since a class cannot have a member only there. */
  declare readonly [Symbol.dispose]: () => void;
  /** Number of floats. */
  readonly length: number;
  readonly #memory: Memory;
  #address: number;

  constructor(memory: Memory, length: number) {
    this.length = length;
    this.#memory = memory;
    this.#address = memory.allocate(length * 4, "resident");
    const address = this.#address;
    live.register(this, () => memory.release(address), this);
  }

  /**
   * The address, for a call of `op` on the module of `memory`.
   *
   * @internal
   */
  addressFor(op: string, name: string, memory: Memory): number {
    if (this.#address === 0) check.freed(op, name);
    if (this.#memory !== memory) check.foreign(op, name);
    if (memory.dead) check.dead(op);
    return this.#address;
  }

  /**
   * Copies the floats out.
   *
   * @param out [length], receives them; a new Float32Array when left out
   * @throws RangeError when out has another length; TypeError when it is no Float32Array
   * @throws ReferenceError after free()
   */
  read(out?: Float32Array): Float32Array {
    const address = this.addressFor("read", "this", this.#memory);
    const to = out === undefined ? new Float32Array(this.length) : check.receiver("read", out, this.length);
    to.set(this.#memory.view(address, this.length));
    return to;
  }

  /**
   * Copies floats in.
   *
   * @param data [length]
   * @param format what narrower numbers are
   * @throws RangeError when data has another length; TypeError when it is of the wrong kind
   * @throws ReferenceError after free()
   */
  write(data: check.Scores, format: Format = {}): this {
    const { dtype, inputScale, inputZeroPoint = 0 } = check.options("write", format);
    const { data: floats } = check.floats(
      "write",
      "data",
      data,
      check.dtype("write", dtype),
      inputScale,
      inputZeroPoint,
    );
    check.sameLength("write", "data", floats, this.length, "the Resident");
    return this.fill("write", floats);
  }

  /**
   * Copies in what has been checked, for a call of op.
   *
   * @internal
   */
  fill(op: string, x: Floats): this {
    // The address comes last: reading data may have run code of the caller's.
    const from = isResident(x) ? x.read() : x;
    const address = this.addressFor(op, "this", this.#memory);
    if (isNarrow(from)) {
      const bits = this.#memory.allocate(from.bits.byteLength, op);
      this.#memory.widen(address, bits, from);
      this.#memory.release(bits);
    } else {
      this.#memory.view(address, this.length).set(from);
    }
    return this;
  }

  /** Gives the memory back; a second call does nothing. */
  free(): void {
    if (this.#address === 0) return;
    live.unregister(this);
    const address = this.#address;
    this.#address = 0;
    this.#memory.release(address);
  }
}

/** Arrays first: an instanceof that fails walks a whole chain of prototypes, for as long as an exp takes. */
export const isResident = (x: unknown): x is Resident => !ArrayBuffer.isView(x) && x instanceof Resident;

if (Symbol.dispose) Object.defineProperty(Resident.prototype, Symbol.dispose, { value: Resident.prototype.free });

/** Room for the scratch of attention over rows of 128 numbers. */
const keptBytes = 262144;

/** The memory of one instance. */
export class Memory {
  readonly #abi: Abi;
  // Always attached when read: growing detaches it, and a detached array has length 0.
  #floats = new Float32Array(0);
  #integers = new Int32Array(0);
  #words: Uint16Array = new Uint16Array(0);
  #bytes: Uint8Array = new Uint8Array(0);
  /** Bytes allocated and not yet released. */
  live = 0;
  readonly #sizes = new Map<number, number>();
  #block = 0;
  /** Whether a call of the module did not return: what is in the memory is then anyone's guess. */
  dead = false;

  constructor(abi: Abi) {
    this.#abi = abi;
  }

  get floats(): Float32Array {
    if (this.#floats.length === 0) this.#floats = new Float32Array(this.#abi.wasmMemory.buffer);
    return this.#floats;
  }

  get words(): Uint16Array {
    if (this.#words.length === 0) this.#words = new Uint16Array(this.#abi.wasmMemory.buffer);
    return this.#words;
  }

  get bytes(): Uint8Array {
    if (this.#bytes.length === 0) this.#bytes = new Uint8Array(this.#abi.wasmMemory.buffer);
    return this.#bytes;
  }

  get integers(): Int32Array {
    if (this.#integers.length === 0) this.#integers = new Int32Array(this.#abi.wasmMemory.buffer);
    return this.#integers;
  }

  view(address: number, length: number): Float32Array {
    return new Float32Array(this.#abi.wasmMemory.buffer, address, length);
  }

  /** What body returns, which calls the module for op. */
  run<T, A>(op: string, body: (argument: A) => T, argument: A): T {
    if (this.dead) check.dead(op);
    try {
      return body(argument);
    } catch (error) {
      this.dead ||= error instanceof WebAssembly.RuntimeError;
      throw error;
    }
  }

  /** The memory as patterns of that width. */
  #patterns(of: Narrow["bits"]): Narrow["bits"] {
    return of.BYTES_PER_ELEMENT === 2 ? this.words : this.bytes;
  }

  /** Narrow numbers as floats at an address; room for their patterns is at `bits`. */
  widen(address: number, bits: number, x: Narrow): void {
    const { kind, scale, zero, length } = x;
    const patterns = this.#patterns(x.bits);
    const at = bits / x.bits.BYTES_PER_ELEMENT;
    if (length > 24) patterns.set(x.bits, at);
    else for (let i = 0; i < length; i++) patterns[at + i] = x.bits[i] as number;
    if (kind === "uint8" || kind === "int8") this.#abi[`from_${kind}`](address, bits, scale, zero, length);
    else this.#abi[`from_${kind}`](address, bits, length);
  }

  /** The floats at an address rounded into narrow numbers; room for their patterns is at `bits`. */
  narrow(to: Narrow, bits: number, address: number): void {
    const { length } = to;
    this.#abi[`to_${to.kind}`](bits, address, length);
    const patterns = this.#patterns(to.bits);
    const at = bits / to.bits.BYTES_PER_ELEMENT;
    if (length > 24) to.bits.set(patterns.subarray(at, at + length));
    else for (let i = 0; i < length; i++) to.bits[i] = patterns[at + i] as number;
  }

  allocate(bytes: number, op: string): number {
    const address = bytes <= 0xffff0000 ? this.run(op, this.#abi.allocate, bytes) : 0;
    if (address === 0) check.noMemory(op, bytes);
    this.#sizes.set(address, bytes);
    this.live += bytes;
    return address;
  }

  /** The block that small calls share: scratch of `keptBytes` for one call at a time, allocated for the first. */
  block(op: string): number {
    if (this.#block === 0) this.#block = this.allocate(keptBytes, op);
    return this.#block;
  }

  /** Copies floats in. A call of the engine's would take longer than a few of them. */
  put(address: number, x: Float32Array): void {
    const { floats } = this;
    const at = address >>> 2;
    if (x.length > 24) floats.set(x, at);
    else for (let i = 0; i < x.length; i++) floats[at + i] = x[i] as number;
  }

  /** Copies floats out, as many as y has room for. */
  get(address: number, y: Float32Array): void {
    const { floats } = this;
    const at = address >>> 2;
    if (y.length > 24) y.set(floats.subarray(at, at + y.length));
    else for (let i = 0; i < y.length; i++) y[i] = floats[at + i] as number;
  }

  release(address: number): void {
    this.live -= this.#sizes.get(address) ?? 0;
    this.#sizes.delete(address);
    if (!this.dead) this.run("free", this.#abi.release, address);
  }
}

/**
 * Memory borrowed for one call. Small calls share one block that is kept; what does not fit in it is allocated for the
 * call alone. Nothing of the caller's runs while a frame is open, so one frame serves all calls.
 */
export class Frame {
  op = "";
  readonly #memory: Memory;
  #used = 0;
  readonly #extra: number[] = [];

  constructor(memory: Memory) {
    this.#memory = memory;
  }

  /** Scratch of so many bytes. */
  take(bytes: number): number {
    if (this.#used + bytes > keptBytes) {
      const address = this.#memory.allocate(bytes, this.op);
      this.#extra.push(address);
      return address;
    }
    const address = this.#memory.block(this.op) + this.#used;
    this.#used += (bytes + 15) & ~15;
    return address;
  }

  /** Where x, checked to have this length, is inside the module: a copy of an array, a Resident as it is. */
  input(name: string, x: Floats, length: number): number {
    check.unchanged(this.op, name, x, length);
    if (isResident(x)) return x.addressFor(this.op, name, this.#memory);
    const address = this.take(length * 4);
    if (isNarrow(x)) this.#memory.widen(address, this.take(x.bits.byteLength), x);
    else this.#memory.put(address, x);
    return address;
  }

  /** Where x is, or 0, which is null, when there is none. */
  maybe(name: string, x: Float32Array | undefined): number {
    return x === undefined ? 0 : this.input(name, x, x.length);
  }

  /** Where out will be inside the module: scratch that result() copies from, or a Resident as it is. */
  output(out: Floats | undefined, length: number, name = "out"): number {
    return isResident(out) ? out.addressFor(this.op, name, this.#memory) : this.take(length * 4);
  }

  /** Where a result will be apart from x: an array is mapped in its copy, so that only a Resident needs room. */
  room(out: Floats | undefined, x: Floats, length: number): number | undefined {
    return isResident(out) || isResident(x) ? this.output(out, length) : undefined;
  }

  bytes(x: Uint8Array): number {
    const address = this.take(x.length);
    const { bytes } = this.#memory;
    if (x.length > 24) bytes.set(x, address);
    else for (let i = 0; i < x.length; i++) bytes[address + i] = x[i] as number;
    return address;
  }

  /** Whole numbers, or any 32-bit words, where a kernel can have them. */
  integers(x: ArrayLike<number>): number {
    const address = this.take(x.length * 4);
    const { integers } = this.#memory;
    const at = address >>> 2;
    for (let i = 0; i < x.length; i++) integers[at + i] = x[i] as number;
    return address;
  }

  /** The number a kernel wrote at an address. */
  number(address: number): number {
    return this.#memory.floats[address >>> 2] as number;
  }

  /** Whole numbers a kernel wrote. */
  ints(address: number, length: number): number[] {
    const at = address >>> 2;
    return Array.from(this.#memory.integers.subarray(at, at + length));
  }

  /** What a kernel wrote at an address: into out, or a new array. */
  result<Out extends Floats>(address: number, out: Out | undefined, length: number): Out {
    if (isResident(out)) return out;
    if (isNarrow(out)) {
      check.unchanged(this.op, "out", out, length);
      this.#memory.narrow(out, this.take(out.bits.byteLength), address);
      return out;
    }
    const y = (out as Float32Array | undefined) ?? new Float32Array(length);
    check.unchanged(this.op, "out", y, length);
    this.#memory.get(address, y);
    return y as Out;
  }

  close(): void {
    this.#used = 0;
    if (this.#extra.length === 0) return; // setting the length of an array costs as much as a short row
    for (const address of this.#extra) this.#memory.release(address);
    this.#extra.length = 0;
  }
}

/** One instance of a module as the families see it. */
export interface Runtime {
  abi: Abi;
  memory: Memory;
  /** Runs body with memory borrowed for the call of op, given back also when it throws. */
  frame: <T>(op: string, body: (m: Frame) => T) => T;
}

export const runtime = (abi: Abi): Runtime => {
  const memory = new Memory(abi);
  const frame = new Frame(memory);
  return {
    abi,
    memory,
    frame(op, body) {
      frame.op = op;
      try {
        return memory.run(op, body, frame);
      } finally {
        frame.close();
      }
    },
  };
};

export const resident = ({ memory }: Runtime) => ({
  /**
   * Floats inside the module, for data used more than once.
   *
   * @param data how many, all 0, or the floats to copy in
   * @param format what narrower numbers are
   * @throws RangeError when the memory cannot be had, with the bytes asked for, or the length is no size; TypeError when
   *   data is of the wrong kind
   */
  resident(data: number | check.Scores, format: Format = {}): Resident {
    if (typeof data === "number") {
      const made = new Resident(memory, check.residentLength(data));
      memory.view(made.addressFor("resident", "this", memory), data).fill(0);
      return made;
    }
    const { dtype, inputScale, inputZeroPoint = 0 } = check.options("resident", format);
    const type = check.dtype("resident", dtype);
    const { data: floats } = check.floats("resident", "data", data, type, inputScale, inputZeroPoint);
    const from = isResident(floats) ? floats.read() : floats;
    return new Resident(memory, from.length).fill("resident", from);
  },
  /** Bytes of the module's memory held by residents and by the block that small calls share. */
  liveBytes: (): number => memory.live,
});

// Numbers narrower than floats, as callers have them. Widening and rounding is the module's: cpp/formats.h.

/** A Float16Array, which not every engine has, nor every library of TypeScript. */
export interface Halves extends ArrayBufferView {
  readonly length: number;
  readonly BYTES_PER_ELEMENT: number;
  readonly [Symbol.toStringTag]: "Float16Array";
}

/** What the patterns of a Uint16Array are. */
export const halves = ["float16", "bfloat16"] as const;
export type Half = (typeof halves)[number];

/** What arrays that do not say it themselves hold. */
export interface Format {
  /** The patterns of a Uint16Array. Float16Arrays and tensors with a `type` say it themselves. */
  dtype?: Half | undefined;
  /** What one step of a Uint8Array or Int8Array is: q stands for inputScale (q - inputZeroPoint). */
  inputScale?: number | undefined;
  /** The number that stands for 0; 0 when left out. */
  inputZeroPoint?: number | undefined;
}

type Array16 = Halves | Uint16Array;
export type Bytes = Uint8Array | Int8Array;

/** Narrow numbers, checked: whose they are, and their patterns. */
export class Narrow {
  readonly array: Array16 | Bytes;
  readonly kind: Half | "uint8" | "int8";
  readonly bits: Uint16Array | Uint8Array;
  readonly scale: number;
  readonly zero: number;

  constructor(array: Array16 | Bytes, kind: Narrow["kind"], scale = 1, zero = 0) {
    const { buffer, byteOffset, length } = array;
    this.array = array;
    this.kind = kind;
    this.bits =
      array instanceof Uint16Array || array instanceof Uint8Array
        ? array
        : array.BYTES_PER_ELEMENT === 2
          ? new Uint16Array(buffer, byteOffset, length)
          : new Uint8Array(buffer, byteOffset, length);
    this.scale = scale;
    this.zero = zero;
  }

  get length(): number {
    return this.bits.length;
  }
  get half(): boolean {
    return this.bits.BYTES_PER_ELEMENT === 2;
  }

  /** New numbers of this kind; bytes in steps of 1/256 from their least, as probabilities are. */
  like(length: number): Narrow {
    const tag = this.array[Symbol.toStringTag];
    const { Float16Array } = globalThis as unknown as { Float16Array: new (length: number) => Halves };
    const Made = { Float16Array, Uint16Array, Uint8Array, Int8Array }[tag];
    return new Narrow(new Made(length), this.kind);
  }
}

/** As isResident asks. */
export const isNarrow = (x: unknown): x is Narrow => !ArrayBuffer.isView(x) && x instanceof Narrow;

// Gradients of several inputs in one call, by their names: into the caller's memory, or new.
import * as check from "./check.js";
import type { Floats, Frame, Resident } from "./memory.js";
import { deliver } from "./rows.js";

type Place = Float32Array | Resident;
/** What receives gradients: those left out become new arrays. None lies over an input or over another. */
export type Places<Name extends string> = { [N in Name]?: Place | undefined };
/** The gradient of that name: its place, or a new array. */
export type Gradient<Out, Name extends string> = Out extends { [N in Name]: infer P extends Place }
  ? NoInfer<P>
  : Float32Array;

/** The places in out, checked, and the way of gradients of these lengths into them. */
export const gradients = <Name extends string>(
  op: string,
  out: unknown,
  lengths: Record<Name, number>,
  inputs: Record<string, Floats | undefined>,
) => {
  const names = Object.keys(lengths) as Name[];
  if (out !== undefined && (typeof out !== "object" || out === null || "length" in out)) {
    throw check.wrongKind(op, "out", out, `an object of some of ${names.join(", ")}`);
  }
  const others = { ...inputs };
  const places = names.map((name) => {
    const own = `out.${name}`;
    const place = (out as Record<string, unknown> | undefined)?.[name];
    others[own] = check.apart(op, own, place, lengths[name], others);
    return { name, own, place, to: others[own], length: lengths[name] };
  });
  return {
    /** Addresses for a kernel. */
    place: (m: Frame) =>
      Object.fromEntries(places.map(({ name, own, to, length }) => [name, m.output(to, length, own)])) as Record<
        Name,
        number
      >,
    /** What the kernel made there. */
    deliver: (m: Frame, at: Record<Name, number>) =>
      Object.fromEntries(
        places.map(({ name, place, to, length }) => [name, deliver(m, at[name], to, place, length, undefined)]),
      ) as Record<Name, never>,
  };
};

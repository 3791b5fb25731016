/** Numbers as the article writes them: a true minus, and names for what is not a number. */
export function number(value: number, digits = 2): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  const text = value.toFixed(digits);
  // A value that rounds to nothing has no sign worth showing.
  return Number(text) === 0 ? text.replace("-", "") : text.replace("-", "−");
}

/** Three digits and a power of ten when a number is too large or too small for the plain form. */
export function wide(value: number, digits = 3): string {
  const size = Math.abs(value);
  if (size === 0) return "0";
  if (!Number.isFinite(value) || (size >= 10 ** -digits && size < 1e5)) {
    return number(value, size >= 1000 ? 0 : digits);
  }
  const [mantissa, exponent] = value.toExponential(1).split("e");
  return `${mantissa.replace("-", "−")} × 10${superscript(Number(exponent))}`;
}

const superscript = (n: number) => [...String(n)].map((c) => (c === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(c)])).join("");

/** A probability as a percentage; one that is small but not zero never reads as zero. */
export function percent(p: number): string {
  if (!Number.isFinite(p)) return number(p);
  if (p > 0 && p < 0.0005) return "<0.1%";
  if (p < 1 && p > 0.9995) return ">99.9%";
  return `${(100 * p).toFixed(1)}%`;
}

/** A probability that may be exactly 0 or 1, and is not written then like one that is only near. */
export const exact = (p: number) => (p === 0 ? "0" : p === 1 ? "1" : percent(p));

/** The colour of the i-th of several things. */
export const hue = (i: number) => `var(--hue-${(i % 5) + 1})`;

// What the model has read: small stories of who has what, with questions that only the story itself can answer.
// There are more of them than it can learn by heart, so that it must look back.

const names = "Ana Ben Cleo Dan Eva Finn Gus Hana Ida Jon Kim Leo Mia Noa Omar Pia".split(" ");
const things = "apple book cup drum egg fish gate hat jar key lamp moon nut pear ring star tree urn vase wig".split(
  " ",
);
/** As it is told, and as it is asked for. */
const verbs = [
  ["has", "have"],
  ["likes", "like"],
  ["sees", "see"],
  ["wants", "want"],
] as const;

/** A stream of whole numbers in [0, n) from a seed (Steele, Lea and Flood 2014, their mixing function in 32 bits). */
export function dice(seed: number) {
  let state = seed >>> 0;
  return (n: number) => {
    state = (state + 0x9e3779b9) >>> 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    return Math.floor((((z ^ (z >>> 16)) >>> 0) / 2 ** 32) * n);
  };
}

/** n different ones, in any order. */
function some<T>(all: readonly T[], n: number, roll: (n: number) => number): T[] {
  const left = [...all];
  return Array.from({ length: n }, () => left.splice(roll(left.length), 1)[0]);
}

/** Each question up to its answer, and the answer. */
export interface Question {
  asked: string;
  answer: string;
}

/** A story of two to four facts and as many questions about them. */
export function story(roll: (n: number) => number): { facts: string; questions: Question[] } {
  const n = 2 + roll(3);
  const who = some(names, n, roll);
  const facts = some(things, n, roll).map((thing, i) => ({ name: who[i], thing, verb: verbs[roll(verbs.length)] }));
  const questions = some(facts, n, roll).map(({ name, thing, verb: [told, asked] }) =>
    roll(2) === 0
      ? { asked: `Who ${told} the ${thing}? `, answer: `${name}.` }
      : { asked: `What does ${name} ${asked}? `, answer: `The ${thing}.` },
  );
  return { facts: facts.map(({ name, thing, verb: [told] }) => `${name} ${told} the ${thing}.`).join(" "), questions };
}

/** A story as text. */
export const tell = ({ facts, questions }: ReturnType<typeof story>) =>
  `${[facts, ...questions.map(({ asked, answer }) => asked + answer)].join(" ")}\n`;

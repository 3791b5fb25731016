// What the model has read: small stories of who has what and where, with questions that only the story itself can
// answer. There are more of them than it can learn by heart, so that it must look back.

const names = "Ana Ben Cleo Dan Eva Finn Gus Hana Ida Jon Kim Leo Mia Noa Omar Pia".split(" ");
const things = "apple book cup drum egg fish gate hat jar key lamp moon nut pear ring star tree urn vase wig".split(
  " ",
);
const places = "attic barn city desert forest garden house inn kitchen lake meadow yard".split(" ");
const colours = "black blue gold green grey pink red white".split(" ");

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

/** A story of two to four facts, and a question about each. */
export function story(roll: (n: number) => number): { facts: string; questions: Question[] } {
  const n = 2 + roll(3);
  const [who, what, where, how] = [names, things, places, colours].map((all) => some(all, n, roll));
  const all = Array.from({ length: n }, (_, i) => {
    const kind = roll(3);
    if (kind === 0)
      return { fact: `The ${what[i]} is with ${who[i]}.`, asked: `Who has the ${what[i]}? `, answer: `${who[i]}.` };
    if (kind === 1)
      return { fact: `${who[i]} is in the ${where[i]}.`, asked: `Where is ${who[i]}? `, answer: `In the ${where[i]}.` };
    return { fact: `The ${what[i]} is ${how[i]}.`, asked: `How is the ${what[i]}? `, answer: `It is ${how[i]}.` };
  });
  return { facts: all.map(({ fact }) => fact).join(" "), questions: some(all, n, roll) };
}

/** A story as text, with the space before the next one. */
export const tell = ({ facts, questions }: ReturnType<typeof story>) =>
  `${[facts, ...questions.map(({ asked, answer }) => asked + answer)].join(" ")} `;

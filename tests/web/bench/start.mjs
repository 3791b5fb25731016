// Prints how many ms load() takes, in a process of its own: a second load finds compiled code.
//   node start.mjs <url of the package's module> <variant>
const [, , url, variant] = process.argv;
const { load } = await import(url);
const start = performance.now();
await load({ variant });
console.log(performance.now() - start);

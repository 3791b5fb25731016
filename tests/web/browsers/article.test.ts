// The article in real browsers, built into plain files and served from a folder of a static server. The figures are
// found in the page, so a new one is tested as soon as it stands there.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import type { AxeResults } from "axe-core";
import { build } from "vite";
import { type Browser, launch, names, type Page, skipped } from "./drive.js";
import { type Server, serve } from "./serve.js";

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const folder = "/some/where/";

const desktop = { width: 1200, height: 900 };
const phone = { width: 360, height: 740 };
/** The narrowest width that the accessibility guidelines (WCAG 2.2, 1.4.10) want to fit without sideways scrolling. */
const narrow = { width: 320, height: 640 };

before(() => build({ configFile: at("../../../../demo/vite.config.ts"), logLevel: "warn" }));

/** Scrolls to every figure, as a reader would, and waits until it has drawn; returns those that never do. */
const walk = (page: Page) =>
  page.evaluate(async () => {
    const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
    const missing: string[] = [];
    for (const figure of document.querySelectorAll("figure[id]")) {
      figure.scrollIntoView({ block: "center", behavior: "instant" });
      const drawn = () => figure.querySelector(".view")?.childElementCount && !figure.querySelector("[role=alert]");
      for (let wait = 0; !drawn() && wait < 5000; wait += 20) await pause(20);
      if (!drawn()) missing.push(figure.id);
    }
    scrollTo({ top: 0, behavior: "instant" });
    await pause(100);
    return missing;
  });

/** What makes the page scroll sideways, if it does: the elements that reach furthest to the right. */
const overflow = (page: Page) =>
  page.evaluate(() => {
    scrollTo({ left: 1e6, behavior: "instant" });
    const moved = scrollX;
    scrollTo({ left: 0, behavior: "instant" });
    if (moved === 0) return [];
    return [...document.querySelectorAll("body *")]
      .filter((el) => el.getBoundingClientRect().right > document.documentElement.clientWidth + 0.5)
      .map(
        (el) =>
          `${el.closest("figure")?.id ?? ""} <${el.tagName} class="${el.getAttribute("class") ?? ""}"> ${el.textContent}`,
      );
  });

/** What axe-core finds, one line for each element it finds it in. */
const axe = (page: Page) =>
  page.evaluate(async () => {
    const window = globalThis as unknown as { axe?: { run(): Promise<AxeResults> } };
    if (!window.axe) {
      const script = document.createElement("script");
      script.src = "/axe-core/axe.min.js";
      await new Promise((done) => {
        script.onload = done;
        document.head.append(script);
      });
    }
    const { violations } = await window.axe!.run();
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id} ${target}: ${failureSummary}`),
    );
  });

// Two browsers at a time: each waits for its page half the time.
describe("the article", { concurrency: 2 }, () => {
  for (const name of names) {
    for (const dark of [false, true]) {
      const alone = { skip: skipped(name), concurrency: 1 };
      describe(`the article in ${name}, ${dark ? "dark" : "light"}`, alone, () => {
        let browser: Browser;
        let server: Server;
        let open: (size: { width: number; height: number }, address?: string) => Promise<Page>;
        before(async () => {
          browser = await launch(name, { dark });
          server = await serve({
            [folder]: at("../../../../build/site/"),
            "/axe-core/": dirname(createRequire(import.meta.url).resolve("axe-core")),
          });
          open = (size, address = "") => browser.open(server.origin + folder + address, size);
        });
        after(async () => {
          await browser?.close();
          await server?.close();
        });

        for (const [width, size] of Object.entries({ desktop, phone, narrow })) {
          it(`draws every figure without an error, fits and satisfies axe-core: ${width}`, async () => {
            const page = await open(size);
            assert.equal(await page.evaluate(() => innerWidth), size.width);
            assert.equal(await page.evaluate(() => matchMedia("(prefers-color-scheme: dark)").matches), dark);
            assert.deepEqual(await walk(page), []);
            assert.deepEqual(await overflow(page), []);
            assert.deepEqual(await axe(page), []);
            assert.deepEqual(await page.errors(), []);
            assert.deepEqual(server.missing, []);
            await page.close();
          });
        }

        if (dark) return; // what follows has no colour

        it("has sliders that the keyboard moves", async () => {
          const page = await open(desktop);
          await walk(page);
          const count = await page.evaluate(() => document.querySelectorAll("input[type=range]").length);
          assert.ok(count > 0);
          for (let i = 0; i < count; i++) {
            const before = await page.evaluate(slider, i);
            if (before === undefined) continue;
            assert.ok(before.label, `slider ${i} has a label`);
            await page.press(before.full ? "ArrowLeft" : "ArrowRight");
            const after = await page.evaluate(slider, i);
            assert.notEqual(after?.value, before.value, `${before.label} in ${before.figure}`);
            await page.press("Home");
            assert.equal((await page.evaluate(slider, i))?.empty, true);
          }
          assert.deepEqual(await page.errors(), []);
          await page.close();
        });

        it("lets the scores of the triangle be dragged", async () => {
          const page = await open(desktop, "alone.html?figure=maps/sparsemax");
          await walk(page);
          const { wanted, reached, scores } = await page.evaluate(async () => {
            const ring = document.querySelector(".grip .ring")!;
            const middle = () => {
              const { left, top, width, height } = ring.getBoundingClientRect();
              return [left + width / 2, top + height / 2];
            };
            const send = (type: string, [clientX, clientY]: number[]) =>
              ring.dispatchEvent(new PointerEvent(type, { bubbles: true, clientX, clientY }));
            const shown = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
            const [x, y] = middle() as [number, number];
            const wanted = [x + 60, y - 40];
            send("pointerdown", [x, y]);
            send("pointermove", wanted);
            send("pointerup", wanted);
            send("pointermove", [x + 200, y]); // let go: no longer dragged
            await shown();
            const inputs = [...document.querySelectorAll<HTMLInputElement>(".handles input")];
            return { wanted, reached: middle(), scores: inputs.map((input) => input.valueAsNumber) };
          });
          for (const axis of [0, 1])
            assert.ok(Math.abs(reached[axis]! - wanted[axis]!) < 3, `${reached} is near ${wanted}`);
          // The numbers of a point add up to 1, as far as two digits can.
          assert.ok(Math.abs(scores.reduce((a, b) => a + b) - 1) < 0.03, `${scores}`);
          assert.deepEqual(await page.errors(), []);
          await page.close();
        });

        it("draws again at the press of a button, and says what was drawn", async () => {
          const page = await open(desktop, "alone.html?figure=maps/gumbel_softmax");
          await walk(page);
          const { before, after, said, drawn } = await page.evaluate(async () => {
            const rows = () =>
              [...document.querySelectorAll(".sheet tbody tr")].map((row) =>
                [...row.children].map((cell) => cell.textContent),
              );
            const before = rows();
            document.querySelector<HTMLButtonElement>(".dice button")!.click();
            await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
            const after = rows();
            const drawn = after.find((row) => row.at(-1) === "1")?.[0];
            return { before, after, said: document.querySelector(".dice [role=status]")?.textContent, drawn };
          });
          assert.equal(after.length, 5);
          after.forEach(([, score, noise], i) => {
            assert.equal(score, before[i]![1]);
            assert.notEqual(noise, before[i]![2]);
          });
          assert.equal(said, `drawn: ${drawn}`);
          assert.deepEqual(await page.errors(), []);
          await page.close();
        });

        it("reaches every control by Tab", async () => {
          const page = await open(desktop, "alone.html?figure=maps/softmax");
          await walk(page);
          const wanted = await page.evaluate(
            () =>
              [...document.querySelectorAll<HTMLElement>("figure :is(input, select, button)")].filter((el) =>
                el.checkVisibility(),
              ).length,
          );
          const reached = new Set<number>();
          for (let i = 0; i < wanted + 5; i++) {
            await page.press("Tab");
            reached.add(
              await page.evaluate(() =>
                [...document.querySelectorAll("figure :is(input, select, button)")].indexOf(document.activeElement!),
              ),
            );
          }
          reached.delete(-1);
          assert.ok(wanted > 0);
          assert.equal(reached.size, wanted);
          await page.close();
        });

        it("keeps what was moved in the address", async () => {
          const page = await open(desktop);
          await walk(page);
          const { id, value, address } = await page.evaluate(async () => {
            const slider = document.querySelector<HTMLInputElement>("figure[id] input[type=range]")!;
            slider.valueAsNumber = Number(slider.max);
            slider.dispatchEvent(new Event("input", { bubbles: true }));
            for (let wait = 0; !location.hash && wait < 3000; wait += 20)
              await new Promise((done) => setTimeout(done, 20));
            return { id: slider.closest("figure")!.id, value: slider.value, address: location.hash };
          });
          await page.close();
          assert.match(address, /^#./);
          const again = await open(desktop, address);
          await walk(again);
          const kept = await again.evaluate(
            (id: string) => document.querySelector<HTMLInputElement>(`figure[id="${id}"] input[type=range]`)!.value,
            id,
          );
          assert.equal(kept, value);
          await again.close();
        });
      });
    }
  }
});

/** In the page: focuses the i-th slider and tells where it stands once it is drawn; nothing when it is not to be used now. */
async function slider(i: number) {
  const input = document.querySelectorAll<HTMLInputElement>("input[type=range]")[i]!;
  if (input.disabled || !input.checkVisibility()) return undefined;
  input.focus();
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  return {
    label: input.labels?.[0]?.textContent ?? input.getAttribute("aria-label"),
    figure: input.closest("figure")?.id,
    value: input.value,
    full: input.value === input.max,
    empty: Number(input.value) === Number(input.min),
  };
}

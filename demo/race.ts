export interface Lap {
  name: string;
  time: number;
}

/** Runs the race in a Worker, so that the page stays alive. Returns what calls it off. */
export function race(values: object, on: { lap(lap: Lap): void; done(): void; failed(reason: string): void }) {
  const worker = new Worker(new URL("./racer.ts", import.meta.url), { type: "module" });
  const stop = () => worker.terminate();
  worker.onmessage = ({ data }: MessageEvent<Lap | "done" | { failed: string }>) => {
    if (data === "done") {
      stop();
      on.done();
    } else if ("failed" in data) {
      stop();
      on.failed(data.failed);
    } else {
      on.lap(data);
    }
  };
  worker.onerror = (event) => {
    stop();
    on.failed(event.message || "the Worker could not start");
  };
  worker.postMessage(values);
  return stop;
}

const TELL_MS = 10_000;

export const say = (what: string): unknown => process.stderr.write(`${what}\n`);

/** Tells how far it has come, every few seconds, to whoever waits for it. */
export const telling = async (
  what: string,
  all: number,
  done: () => number | Promise<number>,
  work: () => Promise<unknown>,
): Promise<void> => {
  const begun = performance.now();
  const tell = async (): Promise<void> => {
    const seconds = Math.round((performance.now() - begun) / 1_000);
    say(`${what}: ${await done()} of ${all} after ${seconds} s`);
  };
  // What cannot be told now is told the next time.
  const timer = setInterval(() => void tell().catch(() => undefined), TELL_MS);
  try {
    await work();
    await tell();
  } finally {
    clearInterval(timer);
  }
};

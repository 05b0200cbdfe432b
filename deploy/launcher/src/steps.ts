/** One thing a start does, named for whoever watches. */
export interface Step {
  readonly title: string;
  /** `report` says what it is waiting for just now. */
  readonly run: (report: (text: string) => void) => Promise<void>;
}

export interface StepOptions {
  /** Shows a live list on the terminal; otherwise plain lines go to standard error. */
  readonly live: boolean;
}

/** Runs the steps one after another, showing each while it runs and then how long it took. */
export const runSteps = (steps: readonly Step[], { live }: StepOptions): Promise<void> =>
  live ? runLive(steps) : runPlain(steps);

const runLive = async (steps: readonly Step[]): Promise<void> => {
  // listr2 is an ES module.
  const { Listr, PRESET_TIMER } = await import('listr2');
  const list = new Listr(
    steps.map(({ title, run }) => ({
      title,
      task: async (_context: unknown, task: { output: string }) => run((text) => (task.output = text)),
    })),
    {
      // Ctrl-C is the launcher's to handle.
      registerSignalListeners: false,
      rendererOptions: {
        timer: { ...PRESET_TIMER, field: (ms: number) => `${(ms / 1000).toFixed(1)} s` },
      },
    },
  );
  await list.run();
};

const runPlain = async (steps: readonly Step[]): Promise<void> => {
  for (const { title, run } of steps) {
    const start = Date.now();
    let last = '';
    process.stderr.write(`… ${title}\n`);
    await run((text) => {
      if (text !== last) process.stderr.write(`    ${text}\n`);
      last = text;
    });
    process.stderr.write(`✓ ${title} (${((Date.now() - start) / 1000).toFixed(1)} s)\n`);
  }
};

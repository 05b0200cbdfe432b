/** A figure or a seed for whoever reads the run: one line, past Jest's console, which would add a stack trace. */
export const report = (text: string): void => {
  process.stderr.write(`e2e: ${text}\n`);
};

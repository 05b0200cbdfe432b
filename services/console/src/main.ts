import { readConsoleConfig } from './console.config';
import { openDoorway, type RunningConsole } from './doorway';

/** Loaded when it is first needed, from a bundle of its own. */
const loadApp = () => import('./console-app.js');

const main = async (): Promise<void> => {
  let running: RunningConsole | undefined;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => void (running?.stop() ?? Promise.resolve()).finally(() => process.exit(0)));
  }
  try {
    const config = readConsoleConfig();
    const load = async () => (await loadApp()).createConsole(config);
    const certificateFault = (fault: Error) => void loadApp().then(({ tellFault }) => tellFault(fault));
    running = await openDoorway(config, load, { certificateFault });
  } catch (error) {
    (await loadApp()).tellFailure(error);
    process.exit(1);
  }
};

void main();

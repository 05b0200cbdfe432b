import { setTimeout as sleep } from 'node:timers/promises';
import { engineAddress, settingFrom } from '@gatehouse/config';
import { isListening } from '@gatehouse/readiness';

const PATIENCE_MS = 120_000;
const PAUSE_MS = 500;
const LOOK_MS = 2_000;

/**
 * Waits until the store and the bus that the environment names listen. It stands before the migrator: a service of a
 * profile cannot be in `depends_on`, so this is how everything waits for an event store that was chosen.
 */
const main = async (): Promise<void> => {
  const deadline = Date.now() + PATIENCE_MS;
  for (const name of ['GATEHOUSE_STORE', 'GATEHOUSE_BUS']) {
    const hosts = engineAddress(settingFrom(process.env, name) ?? 'postgres')?.hosts;
    if (!hosts) continue;
    console.log(`waiting for ${hosts.join(', ')} (${name})`);
    while (!(await Promise.all(hosts.map((host) => isListening(host, LOOK_MS)))).includes(true)) {
      if (Date.now() > deadline) {
        throw new Error(`nothing listens at ${hosts.join(', ')} (${name}): is its profile on?`);
      }
      await sleep(PAUSE_MS);
    }
  }
};

main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});

import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';

/** What a fault may need of the machine beside processes and signals. */
export type Need = 'namespaces' | 'prlimit';

const PROBES: Readonly<Record<Need, { readonly command: readonly string[]; readonly because: string }>> = {
  namespaces: {
    command: [
      ...['unshare', '--net', '--mount', 'sh', '-c'],
      'mount -t tmpfs -o size=64k none /mnt && ip link add probe type veth peer name eborp',
    ],
    because: 'network namespaces and mounts need Linux, `ip`, `unshare` and root',
  },
  prlimit: { command: ['prlimit', '--nofile'], because: '`prlimit` is missing' },
};

/** What this machine lacks, and why. */
export const missingNeeds = (): ReadonlyMap<Need, string> =>
  new Map(
    (Object.keys(PROBES) as Need[]).flatMap((need) => {
      const { command, because } = PROBES[need];
      const [program = '', ...args] = command;
      return spawnSync(program, args, { stdio: 'ignore' }).status === 0 ? [] : [[need, because] as const];
    }),
  );

const execute = promisify(execFile);

/** Runs a command of the system; rejects with what it said when it fails. */
export const system = async (command: string, ...args: readonly string[]): Promise<string> =>
  (await execute(command, args)).stdout;

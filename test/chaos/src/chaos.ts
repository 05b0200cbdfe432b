import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { kafkaMissing } from '@gatehouse/bus-kafka/testing';
import { Command, Option } from 'commander';
import { FAULTS } from './faults/all-faults';
import { missingNeeds } from './machine';
import { type ChaosOptions, few, minutes } from './options';

/** Networks and mounts of its own: nothing of a run is seen outside, and nothing of it is left. */
const APART = ['unshare', '--net', '--mount'];

const options = new Command('chaos')
  .description(
    'The whole product under faults and full load; then all books are held against the provider’s own',
  )
  .option('--minutes <minutes>', 'how long faults strike', minutes, 20)
  .option('--gateways <gateways>', 'gateways beside the launcher’s', few, 4)
  .option('--clients <clients>', 'who call at a time', few, 48)
  .addOption(new Option('--only <kinds...>', 'no other faults').choices(FAULTS.map(({ kind }) => kind)))
  .option('--json', 'print JSON instead of tables', false)
  .addHelpText('after', '\nGATEHOUSE_TEST_SEED=… strikes the faults of another run again.')
  .parse()
  .opts<ChaosOptions>();

const fail = (message: string): void => {
  process.stderr.write(`chaos: ${message}\n`);
  process.exitCode = 1;
};

const start = (): void => {
  const missing = kafkaMissing();
  if (missing !== undefined) return fail(missing);
  const needs = missingNeeds();
  const namespaces = !needs.has('namespaces');
  const order = JSON.stringify({ ...options, missing: Object.fromEntries(needs) });
  const [command = '', ...args] = [
    ...(namespaces ? APART : []),
    ...[process.execPath, join(__dirname, 'chaos-process.js'), order],
  ];
  const child = spawn(command, args, { stdio: 'inherit' });
  // A terminal tells both; the child ends in order, and this one after it.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
  child.once('error', (error) => fail(error.message));
  child.once('exit', (code) => (process.exitCode = code ?? 1));
};

start();

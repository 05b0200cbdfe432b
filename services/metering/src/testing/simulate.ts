import { parseArgs } from 'node:util';
import { noticedByMutant, type Violation, walk } from './lease-walks';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '20000' },
    from: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
    mutants: { type: 'boolean', default: true },
  },
  allowNegative: true,
});

/** A whole number from 1 on. */
const count = (name: 'seeds' | 'from'): number => {
  const number = Number(values[name]);
  if (!Number.isSafeInteger(number) || number < 1) throw new Error(`--${name}: a number from 1 on`);
  return number;
};

const say = (line: string): void => void process.stdout.write(`${line}\n`);

const schedules = count('seeds');
const from = count('from');
const violations: Violation[] = [];
const startedAt = performance.now();
for (let seed = from; seed < from + schedules; seed++) {
  const { faults } = walk(seed);
  if (faults.length > 0) violations.push({ seed, faults });
}
const perSecond = Math.round((schedules * 1_000) / (performance.now() - startedAt));
const mutants = values.mutants ? noticedByMutant() : undefined;

if (values.json) {
  say(JSON.stringify({ schedules, seeds: { from, to: from + schedules - 1 }, violations, mutants }));
} else {
  say(`${schedules} schedules, seeds ${from} to ${from + schedules - 1}, ${perSecond} a second`);
  for (const { seed, faults } of violations) say(`seed ${seed}: ${faults.join('; ')}`);
  say(`${violations.length} violations`);
  for (const [mutant, noticed] of Object.entries(mutants ?? {}))
    say(`${mutant}: ${noticed ? `noticed in walk ${noticed.seed}: ${noticed.fault}` : 'NOT NOTICED'}`);
}
const unnoticed = Object.values(mutants ?? {}).some((noticed) => noticed === null);
if (violations.length > 0 || unnoticed) process.exitCode = 1;

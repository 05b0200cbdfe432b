import { parseArgs } from 'node:util';
import { noticedByMutant, type Violation, walk } from './lease-walks';
import { isEnough, utilisationOf } from './utilisation';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '20000' },
    from: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
    mutants: { type: 'boolean', default: true },
    budgets: { type: 'string', default: '100' },
  },
  allowNegative: true,
});

/** Of those that are shown: more say no more. */
const VIOLATIONS_MAX = 100;
const PROGRESS_EVERY_MS = 10_000;

const count = (name: 'seeds' | 'from' | 'budgets', least: number): number => {
  const number = Number(values[name]);
  if (!Number.isSafeInteger(number) || number < least)
    throw new Error(`--${name}: a number from ${least} on`);
  return number;
};

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const tell = (line: string): void => void process.stderr.write(`${line}\n`);

const percent = (share: number): string => `${(share * 100).toFixed(2)} %`;

const schedules = count('seeds', 1);
const from = count('from', 1);
const budgets = count('budgets', 0);
const violations: Violation[] = [];
let violated = 0;
const startedAt = performance.now();
let toldAt = startedAt;
for (let seed = from; seed < from + schedules; seed++) {
  const { faults } = walk(seed);
  if (faults.length > 0 && violated++ < VIOLATIONS_MAX) violations.push({ seed, faults });
  const now = performance.now();
  if (now - toldAt < PROGRESS_EVERY_MS) continue;
  toldAt = now;
  tell(`${seed - from + 1} of ${schedules} schedules, ${violated} violations`);
}
const perSecond = Math.round((schedules * 1_000) / (performance.now() - startedAt));
const cpuSeconds = Math.round(process.cpuUsage().user / 1e6);
const mutants = values.mutants ? noticedByMutant() : undefined;
const utilisation = budgets > 0 ? utilisationOf(budgets) : undefined;

if (values.json) {
  const seeds = { from, to: from + schedules - 1 };
  say(JSON.stringify({ schedules, seeds, cpuSeconds, violated, violations, mutants, utilisation }));
} else {
  say(`${schedules} schedules, seeds ${from} to ${from + schedules - 1}, ${perSecond} a second`);
  for (const { seed, faults } of violations) say(`seed ${seed}: ${faults.join('; ')}`);
  say(`${violated} violations`);
  for (const [mutant, noticed] of Object.entries(mutants ?? {}))
    say(`${mutant}: ${noticed ? `noticed in walk ${noticed.seed}: ${noticed.fault}` : 'NOT NOTICED'}`);
  for (const { killEveryMs, kills, used, usedLeast, usedAtLeast, faults } of utilisation ?? []) {
    say(
      `a kill every ${killEveryMs ?? '–'} ms (${kills} in ${budgets} budgets): ${percent(used)} used when somebody is refused, ` +
        `${percent(usedLeast)} of the worst, at least ${percent(usedAtLeast)}${faults.map((fault) => `; ${fault}`).join('')}`,
    );
  }
}
const unnoticed = Object.values(mutants ?? {}).some((noticed) => noticed === null);
if (violated > 0 || unnoticed || utilisation?.every(isEnough) === false) process.exitCode = 1;

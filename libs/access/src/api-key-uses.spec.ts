import { type ApiKeyId, apiKeyId, deriveId, FixedClock } from '@gatehouse/kernel';
import { NotedApiKeyUses } from './api-key-uses';

const [a, b] = [apiKeyId(deriveId('key', 'a')), apiKeyId(deriveId('key', 'b'))];
const HOUR_MS = 3_600_000;
const nine = new Date('2026-03-10T09:00:00Z');

/** Keeps what it is told once it is let. */
class SlowUses {
  readonly kept: (readonly [ApiKeyId, string])[][] = [];
  failure: Error | undefined;
  private readonly held: (() => void)[] = [];

  async keep(hours: ReadonlyMap<ApiKeyId, Date>): Promise<void> {
    await new Promise<void>((resolve) => this.held.push(resolve));
    if (this.failure) throw this.failure;
    this.kept.push([...hours].map(([id, hour]) => [id, hour.toISOString().slice(11, 16)] as const));
  }

  /** Lets all of it through, and what comes of it. */
  async settle(): Promise<void> {
    for (let release = this.held.shift(); release; release = this.held.shift()) {
      release();
      await new Promise(setImmediate);
    }
  }
}

describe('uses of keys', () => {
  let clock: FixedClock;
  let uses: SlowUses;
  let failures: unknown[];
  let noted: NotedApiKeyUses;

  beforeEach(() => {
    clock = new FixedClock(new Date(nine.getTime() + 1_000));
    uses = new SlowUses();
    failures = [];
    noted = new NotedApiKeyUses(uses, clock, (error) => failures.push(error));
  });

  it('are kept once for each key and hour, by its beginning', async () => {
    for (let minute = 0; minute < 60; minute++) {
      noted.note(a);
      await uses.settle();
      clock.advance(60_000);
    }
    noted.note(a);
    await uses.settle();
    expect(uses.kept).toEqual([[[a, '09:00']], [[a, '10:00']]]);
  });

  it('are kept by one statement at a time, with all that came meanwhile', async () => {
    for (const id of [a, b, a, b]) noted.note(id);
    clock.advance(HOUR_MS);
    noted.note(b);
    await uses.settle();
    expect(uses.kept).toEqual([[[a, '09:00']], [[b, '10:00']]]);
  });

  it('are tried again with the next call where they could not be kept, and nobody is told but who asked to be', async () => {
    uses.failure = new Error('away');
    noted.note(a);
    await uses.settle();
    expect(failures).toEqual([uses.failure]);
    uses.failure = undefined;
    noted.note(a);
    await uses.settle();
    noted.note(a);
    await uses.settle();
    expect(uses.kept).toEqual([[[a, '09:00']]]);
  });
});

import { readFileSync } from 'node:fs';
import { ProcessTokenCounter } from './process-token-counter';

describe('tokens that are counted elsewhere', () => {
  const counter = new ProcessTokenCounter();
  const count = (text: string, tokenizer: 'cl100k_base' | 'o200k_base' = 'o200k_base') =>
    counter.count(tokenizer, Buffer.from(text));

  // The first has the tables loaded.
  it.each([
    ['Hello! How can I assist you today?', 9],
    ['', 0],
    ['<|endoftext|>', 7],
    ['\\n\\n', 1],
    ['\\u4f60\\u597d', 1],
    ['你好', 1],
    ['a\\"b', 3],
  ])('%j are %d in OpenAI’s later encoding', async (text, tokens) => {
    expect(await count(text)).toBe(tokens);
  });

  it('of the earlier one are its own', async () => {
    expect([
      await count('你好', 'cl100k_base'),
      await count('antidisestablishmentarianism', 'cl100k_base'),
    ]).toEqual([2, 6]);
  });

  it('are unknown where there are no tables for them', async () => {
    expect(await counter.count('of_nobody' as 'o200k_base', Buffer.from('Hello'))).toBeUndefined();
    expect(await count('Hello')).toBe(1);
  });

  it('of a long text are those of all its parts', async () => {
    const words = 'The road goes ever on and on, down from the door where it began. ';
    const one = (await count(words))!;
    const many = (await count(words.repeat(500)))!;
    // Its last space is part of the word that follows.
    expect(Math.abs(many - 500 * (one - 1))).toBeLessThan(many / 100);
  });

  it('of a word without an end are counted in time, and never fewer than they are', async () => {
    // In one piece it would take minutes.
    expect(await count('a'.repeat(200_000))).toBeGreaterThanOrEqual(25_000);
  }, 60_000);

  it('are not counted of what is longer than any text may be, nor of too many at once', async () => {
    expect(await count('a'.repeat(300 * 1024))).toBeUndefined();
    const counts = await Promise.all(Array.from({ length: 80 }, () => count('a b c')));
    expect(counts.filter((tokens) => tokens === 3)).toHaveLength(64);
    expect(counts.filter((tokens) => tokens === undefined)).toHaveLength(16);
  });

  const children = (): readonly number[] =>
    readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8')
      .split(' ')
      .filter(Boolean)
      .map(Number);

  it('are unknown where the process that counts has ended, and counted by another then', async () => {
    await count('a');
    const [counting = 0, ...others] = children();
    expect(others).toEqual([]);
    const waiting = count('a'.repeat(200_000));
    process.kill(counting, 'SIGKILL');
    expect(await waiting).toBeUndefined();
    expect(await count('a b c')).toBe(3);
    expect(children()).not.toContain(counting);
  });

  it('are counted by a process that has no environment', async () => {
    await count('a');
    const [counting = 0] = children();
    const names = readFileSync(`/proc/${counting}/environ`, 'utf8')
      .split('\0')
      .map((entry) => entry.split('=')[0]);
    expect(names.filter((name) => name !== '' && !name?.startsWith('NODE_CHANNEL'))).toEqual([]);
  });
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeLine, encodeLine } from './journal-line';

/** A journal outlives the program that wrote it: lines are read for ever, and written as they always were. */
describe('a line of the journal', () => {
  const lines = readFileSync(join(__dirname, '../../../fixtures/journal/lines.journal'), 'utf8')
    .split('\n')
    .slice(0, -1);

  it.each(lines.map((line) => [line.slice(0, 8), line] as const))('with checksum %s', (_, line) => {
    const entry = decodeLine(line);
    if (!entry) throw new Error('the line is not whole');
    expect(entry).toMatchSnapshot();
    expect(encodeLine(entry).toString()).toBe(`${line}\n`);
  });

  it('is none where a byte is another', () =>
    expect(decodeLine((lines[0] as string).replace('"small"', '"large"'))).toBeUndefined());
});

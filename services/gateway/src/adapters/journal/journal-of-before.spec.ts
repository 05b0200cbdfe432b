import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeLine } from './journal-of-before';

/** A journal outlives the program that wrote it: lines are read for as long as one may be left. */
describe('a line of the journal of before', () => {
  const lines = readFileSync(join(__dirname, '../../../fixtures/journal/lines.journal'), 'utf8')
    .split('\n')
    .slice(0, -1);

  it.each(lines.map((line) => [line.slice(0, 8), line] as const))('with checksum %s', (_, line) => {
    expect(decodeLine(line)).toMatchSnapshot();
  });

  it('is none where a byte is another', () =>
    expect(decodeLine((lines[0] as string).replace('"small"', '"large"'))).toBeUndefined());
});

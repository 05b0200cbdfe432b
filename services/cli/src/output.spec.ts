import { AppError } from '@gatehouse/kernel';
import { Output } from './output';

const CLEAR_SCREEN = '\u001b[2J';
const SHOWN = '\\u001b[2J';

describe('what others have said', () => {
  const names = { learn: () => Promise.resolve(), beside: (text: string) => `${text} (${CLEAR_SCREEN})` };
  const told = async (tell: (output: Output) => void, json = false): Promise<string> => {
    const lines: string[] = [];
    const output = new Output(json, (text) => lines.push(text));
    tell(output);
    await output.show(names);
    return lines.join('\n');
  };

  it.each(['\u0000', '\b', '\t', '\r', '\u001b', '\u007f', '\u009b', '\u061c', '\u202e', '\u2066'])(
    'steers no terminal: %j',
    async (steering) => {
      const table = await told((output) => output.answer({}, ['metadata'], [[`a${steering}b`]]));
      expect(table).not.toContain(steering);
      expect(table).toMatch(/a\\u[0-9a-f]{4}b/);
    },
  );

  it('is shown as it is where it steers nothing', async () => {
    const table = await told((output) => output.answer({}, ['metadata'], [['Zoë 🙂\nעברית']]));
    for (const line of ['Zoë 🙂', 'עברית']) expect(table).toContain(line);
  });

  it('steers none from names, notes, lines that come while something happens, and refusals', async () => {
    const refused = new AppError('INVALID', 'TIME_MALFORMED', { metadata: { text: CLEAR_SCREEN } });
    const all = await told((output) => {
      output.answer({}, ['id'], [['ws_1']]);
      output.note(CLEAR_SCREEN);
      output.live({}, CLEAR_SCREEN);
      output.note(output.refusal(refused));
    });
    expect(all).not.toContain(CLEAR_SCREEN);
    expect(all.split(SHOWN)).toHaveLength(5);
  });

  it('is pointed to where a provider was named that there is not, for people alone', () => {
    const unknown = new AppError('INVALID', 'PROVIDER_UNKNOWN');
    const told = (json: boolean): string => new Output(json, () => undefined).refusal(unknown);
    expect(told(false)).toBe('INVALID: PROVIDER_UNKNOWN\n  see `gatehouse providers`');
    expect(JSON.parse(told(true))).toMatchObject({ error: { reason: 'PROVIDER_UNKNOWN', metadata: {} } });
  });

  it('is JSON for scripts', async () => {
    const said = await told((output) => output.answer({ text: CLEAR_SCREEN }, [], []), true);
    expect(JSON.parse(said)).toEqual({ text: CLEAR_SCREEN });
  });

  it('is as it is in a file, and not where a file is shown', async () => {
    const { isTTY } = process.stdout;
    try {
      for (const [tty, line] of [
        [false, CLEAR_SCREEN],
        [true, SHOWN],
      ] as const) {
        process.stdout.isTTY = tty;
        expect(await told((output) => output.lines(`${CLEAR_SCREEN}\n`))).toBe(line);
      }
    } finally {
      process.stdout.isTTY = isTTY;
    }
  });
});

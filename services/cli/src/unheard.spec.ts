import { Writable } from 'node:stream';
import { endWhereUnheard } from './unheard';

const failing = (code: string, message: string): Writable =>
  new Writable({
    write: (_chunk, _encoding, done) => done(Object.assign(new Error(message), { code })),
  });

const closed = (stream: Writable): Promise<void> =>
  new Promise((resolve) => stream.once('close', () => resolve()));

/** What is said, and with which codes it ends, where an answer meets this error. */
const heardOf = async (out: Writable): Promise<unknown[]> => {
  const said: string[] = [];
  const err = new Writable({ write: (chunk, _encoding, done) => (said.push(String(chunk)), done()) });
  const codes: unknown[] = [];
  endWhereUnheard(out, err, (code) => codes.push(code));
  out.write('an answer');
  await closed(out);
  return [said, codes];
};

describe('an answer that gets nowhere', () => {
  it('is a failure where nobody could keep it', async () => {
    const full = failing('ENOSPC', 'ENOSPC: no space left on device, write');
    const said = ['the answer could not be written: ENOSPC: no space left on device, write\n'];
    expect(await heardOf(full)).toEqual([said, [1]]);
  });

  it('is none where whoever read has gone', async () => {
    expect(await heardOf(failing('EPIPE', 'write EPIPE'))).toEqual([[], [undefined]]);
  });

  it('is none where complaints have nobody to hear them', async () => {
    const err = failing('EPIPE', 'write EPIPE');
    endWhereUnheard(new Writable(), err, () => undefined);
    err.write('a complaint');
    await closed(err);
  });
});

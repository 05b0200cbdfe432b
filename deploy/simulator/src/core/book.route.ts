import type { ServerResponse } from 'node:http';
import { invalidRequest, sendJson } from './api-error';
import type { Book } from './book';
import type { BookRow } from './book-rows';

const WRITE_CHARACTERS = 1 << 16;

const rowJson = (row: BookRow): string =>
  JSON.stringify({ ...row, billedNanoUsd: row.billedNanoUsd.toString() });

/** Resolves when the next piece may be written: a turn of the event loop later, however fast the reader is. */
const written = (response: ServerResponse, text: string): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      response.off('close', done);
      setImmediate(resolve);
    };
    response.once('close', done);
    response.write(text, done);
  });

/** `GET /book`: written in pieces, so that a long book neither blocks the streams nor fills the memory. */
export const sendBook = async (book: Book, response: ServerResponse): Promise<void> => {
  const { billedNanoUsd, rows } = book.snapshot();
  response.writeHead(200, { 'content-type': 'application/json' });
  let text = `{"billedNanoUsd":"${billedNanoUsd}","requests":[`;
  let separator = '';
  for (const row of rows) {
    text += separator + rowJson(row);
    separator = ',';
    if (text.length < WRITE_CHARACTERS) continue;
    await written(response, text);
    if (response.destroyed) return;
    text = '';
  }
  response.end(`${text}]}\n`);
};

/**
 * `GET /received?sha256=<hex of the bearer token>`: lets a test prove that a credential came here, without
 * returning any.
 */
export const sendReceived = (book: Book, query: string, response: ServerResponse): void => {
  const sha256 = new URLSearchParams(query).get('sha256')?.toLowerCase() ?? '';
  if (!/^[0-9a-f]{64}$/.test(sha256)) throw invalidRequest("'sha256' takes 64 hex digits.", 'sha256');
  sendJson(response, 200, JSON.stringify({ received: book.hasReceived(sha256) }));
};

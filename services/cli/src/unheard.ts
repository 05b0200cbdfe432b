import type { Writable } from 'node:stream';

/**
 * Ends the command where what it says gets nowhere. Whoever has read enough (`gatehouse history | head`) ends it without a word. An answer that could
 * not be kept, of a full disk for instance, is a failure: it may have been a key, which is told once.
 * @param exit with the exit code, the one so far where it is undefined.
 */
export const endWhereUnheard = (out: Writable, err: Writable, exit: (code?: number) => void): void => {
  out.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') return exit();
    err.write(`the answer could not be written: ${error.message}\n`);
    exit(1);
  });
  err.on('error', () => undefined);
};

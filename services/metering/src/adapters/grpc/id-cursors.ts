import type { Cursors } from '@gatehouse/grpc';

/** Of a list in the order of its ids. */
export const idCursors = <Id extends string>(parseId: (text: string) => Id): Cursors<Id> => ({
  print: (id) => [id],
  parse: ([text = '', ...more]) => {
    try {
      return more.length === 0 ? parseId(text) : undefined;
    } catch {
      return undefined;
    }
  },
});

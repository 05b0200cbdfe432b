import { jsonObjectIn, objectOf } from '../json-values';

/** Of an error's type, code or status: that it speaks of who asks, not of what was asked. */
const SPEAKS_OF_CALLER =
  /auth|permission|credential|api.?key|access.?denied|forbidden|not.?allowed|signature|token|subscription|billing|quota/i;

/**
 * Whether an answer says that the provider does not let our credential do this. A 403 may be that, and may be a judgement
 * of what was asked, such as a moderation's: it is the former where the error says so, or says nothing that can be read.
 */
export const refusesCredential = (status: number, body: Buffer | undefined): boolean => {
  if (status === 401) return true;
  if (status !== 403) return false;
  const answer = (body && jsonObjectIn(body)) ?? {};
  const error = objectOf(answer['error']);
  const words = [error['type'], error['code'], error['status'], answer['code']].filter(
    (word): word is string => typeof word === 'string',
  );
  // Whoever judges a question says what it found.
  if (Object.keys(objectOf(error['metadata'])).length > 0) return false;
  return words.length === 0 || words.some((word) => SPEAKS_OF_CALLER.test(word));
};

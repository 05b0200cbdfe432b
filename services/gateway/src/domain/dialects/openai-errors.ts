import { countOf, type Json, jsonObjectIn, objectOf } from '../json-values';

/** Whether what was said with a status of success is that it failed, in one of the ways in which servers say it. */
export const isOpenAiError = (said: unknown): boolean => {
  const { error, object, type, choices } = objectOf(said);
  if (object === 'error' || type === 'error') return true;
  if (isThere(error)) return true;
  return Array.isArray(choices) && choices.some((choice) => isThere(objectOf(choice)['error']));
};

const isThere = (error: unknown): boolean =>
  error !== undefined && error !== null && error !== false && error !== '';

/** The status that an error names for itself: of 400 to 599. */
export const statusOfError = (body: Buffer): number | undefined => {
  const answer = jsonObjectIn(body) ?? {};
  const error: Json = objectOf(answer['error']);
  const named = [error['status'], error['code'], answer['status'], answer['code']].map(countOf);
  return named.find((status) => status !== undefined && status >= 400 && status <= 599);
};

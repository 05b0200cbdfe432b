import { countOf, isObject, type Json, jsonObjectIn, objectOf, objectsIn } from '../json-values';

/** Whether what was said with a status of success is that it failed, in one of the ways in which servers say it. */
export const isOpenAiError = (said: unknown): boolean => {
  const { error, object, type, choices } = objectOf(said);
  if (object === 'error' || type === 'error') return true;
  if (isThere(error)) return true;
  return Array.isArray(choices) && choices.some((choice) => isThere(objectOf(choice)['error']));
};

const isThere = (error: unknown): boolean =>
  error !== undefined && error !== null && error !== false && error !== '';

/** What is said of a failure, in whichever of those ways; a text alone is its message. */
export const toldErrorIn = (said: unknown): Json => {
  const whole = objectOf(said);
  const error = [whole, ...objectsIn(whole['choices'])].map((one) => one['error']).find(isThere) ?? whole;
  return isObject(error) ? error : { message: error };
};

/** The status that an error names for itself: of 400 to 599. */
export const statusOfError = (body: Buffer): number | undefined => {
  const answer = jsonObjectIn(body) ?? {};
  const error = toldErrorIn(answer);
  const named = [error['status'], error['code'], answer['status'], answer['code']].map(countOf);
  return named.find((status) => status !== undefined && status >= 400 && status <= 599);
};

import { isObject, objectOf, objectsIn } from '../../json-values';

/** Whether an answer, or an event of a stream, has something in it that its model wrote; who writes it is nothing of that. */
export const isWrittenIn = (said: unknown): boolean =>
  objectsIn(objectOf(said)['choices']).some(
    ({ message, delta, text }) =>
      isSomething(text) ||
      Object.entries(objectOf(message ?? delta)).some(
        ([name, value]) => name !== 'role' && isSomething(value),
      ),
  );

const isSomething = (value: unknown): boolean =>
  typeof value === 'string' || Array.isArray(value)
    ? value.length > 0
    : isObject(value) && Object.keys(value).length > 0;

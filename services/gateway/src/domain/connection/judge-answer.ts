import { hasSteeringCharacters } from '@gatehouse/kernel';
import type { ConnectionOutcome } from './connection-result';
import { isObject } from '../json-values';

/** What is read of a provider's answer. The words of `gatehouse.type.v1.AnswerShape`. */
export type AnswerShape = 'object' | 'data-ids' | 'model-names';

/** What a provider said to a probe. */
export interface ProbeAnswer {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
}

export interface Judgement {
  readonly outcome: ConnectionOutcome;
  /** Of an answer that is understood, as far as its shape lists any. */
  readonly modelNames: readonly string[];
}

/** More than any provider lists; the rest is left out. */
const MODELS_MAX = 10_000;
const NAME_LENGTH_MAX = 256;

/** What an answer means. Nothing of its text goes on but the names of models. */
export const judgeAnswer = (answer: ProbeAnswer, shape: AnswerShape): Judgement => {
  const { status } = answer;
  if (status >= 200 && status < 300) return judgeBody(answer.body, shape);
  return { outcome: outcomeOfStatus(answer), modelNames: [] };
};

const outcomeOfStatus = ({ status, headers, body }: ProbeAnswer): ConnectionOutcome => {
  switch (status) {
    case 401:
      return 'credential-rejected';
    case 403:
      // AWS: whose it is was told, and that it may not ask this; everything else it says of 403 is of the signature.
      return awsErrorIn(headers) === 'AccessDeniedException' ? 'permission-missing' : 'credential-rejected';
    case 404:
    case 405:
    case 410:
    case 421:
      return 'not-found';
    case 408:
    case 504:
      return 'timeout';
    case 429:
      return 'rate-limited';
    case 400:
      return saysKeyInvalid(body) ? 'credential-rejected' : 'answer-not-understood';
    default:
      if (status >= 300 && status < 400) return 'redirected';
      return status >= 500 ? 'provider-failed' : 'answer-not-understood';
  }
};

const awsErrorIn = (headers: ProbeAnswer['headers']): string | undefined =>
  headers['x-amzn-errortype']?.split(':')[0];

/** Google's word for a wrong API key, which it does not answer with 401. */
const saysKeyInvalid = (body: Buffer): boolean => {
  const details = at(at(jsonIn(body), 'error'), 'details');
  return Array.isArray(details) && details.some((detail) => at(detail, 'reason') === 'API_KEY_INVALID');
};

const judgeBody = (body: Buffer, shape: AnswerShape): Judgement => {
  const names = namesIn(jsonIn(body), shape);
  return names === undefined
    ? { outcome: 'answer-not-understood', modelNames: [] }
    : { outcome: 'works', modelNames: names };
};

/** Undefined where it has not the shape. */
const namesIn = (json: unknown, shape: AnswerShape): readonly string[] | undefined => {
  switch (shape) {
    case 'object':
      return isObject(json) ? [] : undefined;
    case 'data-ids':
      return listed(at(json, 'data'), (model) => at(model, 'id'));
    case 'model-names':
      return listed(at(json, 'models'), (model) => {
        const name = at(model, 'name');
        return typeof name === 'string' ? name.replace(/^models\//, '') : name;
      });
  }
};

/** Names that no model of ours could have are left out; a list of nothing else is no list of models. */
const listed = (list: unknown, nameOf: (model: unknown) => unknown): readonly string[] | undefined => {
  if (!Array.isArray(list)) return undefined;
  const names = list.slice(0, MODELS_MAX).map(nameOf).filter(isModelName);
  return list.length > 0 && names.length === 0 ? undefined : [...new Set(names)];
};

const isModelName = (name: unknown): name is string =>
  typeof name === 'string' && name !== '' && name.length <= NAME_LENGTH_MAX && !hasSteeringCharacters(name);

const jsonIn = (body: Buffer): unknown => {
  try {
    return JSON.parse(body.toString('utf8')) as unknown;
  } catch {
    return undefined;
  }
};

const at = (value: unknown, name: string): unknown =>
  isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;

/** A fault of one field, by its name in the request's body. */
export interface Violation {
  readonly field: string;
  readonly description: string;
}

interface ErrorBody {
  readonly data?: {
    readonly message?: string;
    readonly reason?: string;
    readonly violations?: readonly Violation[];
    readonly metadata?: Readonly<Record<string, string>>;
  };
}

/** A refusal; `reason` is the same word at every door of the product, and empty where nobody said one. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly reason: string,
    readonly violations: readonly Violation[] = [],
    readonly metadata: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }

  /** What is wrong with a field, or with what is in it: `deployments` has what is said of `deployments[1].alias` too. */
  of(field: string): string | undefined {
    return this.violations.find((violation) => isWithin(violation.field, field))?.description;
  }

  /** What no field of a form shows. */
  except(fields: readonly string[]): string {
    const left = this.violations.filter((one) => !fields.some((field) => isWithin(one.field, field)));
    if (this.violations.length > 0 && left.length === 0) return '';
    if (left.length === 0) return this.message;
    return left.map(({ field, description }) => `${field}: ${description}`).join('; ');
  }
}

const isWithin = (field: string, form: string): boolean =>
  field === form || field.startsWith(`${form}.`) || field.startsWith(`${form}[`);

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;
export type Changing = 'POST' | 'PUT' | 'DELETE';

/** Proves to the console that a change is asked for by its own page. In memory only. */
let csrf = '';
export const rememberCsrf = (token: string): void => void (csrf = token);

/** @param path parts are encoded by whoever makes it: `pathOf`. */
export const get = <Answer>(path: string, query: Query = {}, signal?: AbortSignal): Promise<Answer> =>
  ask(path + searchOf(query), signal ? { signal } : {});

export const send = <Answer>(
  method: Changing,
  path: string,
  body: object = {},
  signal?: AbortSignal,
): Promise<Answer> =>
  ask(path, {
    method,
    ...(signal && { signal }),
    headers: { 'content-type': 'application/json', 'x-gatehouse-csrf': csrf },
    body: JSON.stringify(body),
  });

/** `pathOf('/v1/integrations', slug, 'models')`: every part after the first is encoded. */
export const pathOf = (base: string, ...parts: readonly string[]): string =>
  [base, ...parts.map(encodeURIComponent)].join('/');

export const searchOf = (query: Query): string => {
  const given = Object.entries(query).flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [[name, String(value)]],
  );
  return given.length > 0 ? `?${new URLSearchParams(given)}` : '';
};

const ask = async <Answer>(url: string, init: RequestInit): Promise<Answer> => {
  const response = await fetch(url, { ...init, credentials: 'same-origin', cache: 'no-store' }).catch(
    (error: unknown) => {
      if (error instanceof DOMException && error.name === 'AbortError') throw error;
      throw new ApiError(0, 'Gatehouse cannot be reached.', '');
    },
  );
  const body: unknown = await response.json().catch(() => undefined);
  if (response.ok) return body as Answer;
  throw errorIn(response.status, body as ErrorBody | undefined);
};

/** Of a change that does not prove what the session wants proven: it is another than when this page was told of it. */
export const OTHER_SESSION = 'CSRF_TOKEN_MISSING';

const errorIn = (status: number, body: ErrorBody | undefined): ApiError => {
  const { message = `Gatehouse answered ${status}.`, reason = '', violations, metadata } = body?.data ?? {};
  const words = reason === OTHER_SESSION ? 'Somebody has signed in in another tab: try again.' : message;
  return new ApiError(status, words, reason, violations, metadata);
};

/** The eight ways a command can end badly. All else is our bug: INTERNAL, no detail. */
export type ErrorCode =
  | 'INVALID'
  | 'UNAUTHENTICATED'
  | 'FORBIDDEN'
  | 'NOT_FOUND'
  | 'CONFLICT'
  | 'REFUSED'
  | 'EXHAUSTED'
  | 'UNAVAILABLE';

/** One fault of one field of a request; `field` is its path in the proto's spelling, e.g. `limits[0].budget.reset`. */
export interface FieldViolation {
  readonly field: string;
  readonly description: string;
}

export interface AppErrorDetails extends ErrorOptions {
  /** Facts for the caller, never secrets: they travel as ErrorInfo.metadata. */
  readonly metadata?: Readonly<Record<string, string>>;
  readonly violations?: readonly FieldViolation[];
}

/** A refusal that a caller can act on. `reason` is a stable UPPER_SNAKE string (AIP-193). */
export class AppError extends Error {
  readonly metadata: Readonly<Record<string, string>>;
  readonly violations: readonly FieldViolation[];

  constructor(
    readonly code: ErrorCode,
    readonly reason: string,
    details: AppErrorDetails = {},
  ) {
    super(`${code}: ${reason}${describe(details.violations)}`, details);
    this.name = 'AppError';
    this.metadata = details.metadata ?? {};
    this.violations = details.violations ?? [];
  }
}

/** They travel in headers, whose size is bounded; who has more faults than this mends these first. */
const VIOLATIONS_TOLD_MAX = 50;

/** INVALID with the faults of the request's fields, the first of them where they are many. */
export const invalidFields = (violations: readonly FieldViolation[]): AppError =>
  new AppError('INVALID', 'REQUEST_INVALID', { violations: violations.slice(0, VIOLATIONS_TOLD_MAX) });

/** INVALID with one fault. */
export const invalidField = (field: string, description: string): AppError =>
  invalidFields([{ field, description }]);

const describe = (violations: readonly FieldViolation[] = []): string =>
  violations.map(({ field, description }) => `; ${field}: ${description}`).join('');

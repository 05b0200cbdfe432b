import {
  type FieldViolation,
  hasSteeringCharacters,
  invalidFields,
  isSayableInstant,
} from '@gatehouse/kernel';

const REQUEST_ID = { min: 1, max: 128 };

/** Whether a command may carry this as its request id. */
export const isRequestId = (value: unknown): value is string => {
  if (typeof value !== 'string') return false;
  const checks = new RequestChecks();
  checks.text('request_id', value, REQUEST_ID);
  return checks.areFine;
};

/**
 * Collects the faults of a request's fields, so that a caller hears of all at once. Each check answers the value where
 * it is usable; `done` throws INVALID when anything was not.
 */
export class RequestChecks {
  private readonly violations: FieldViolation[] = [];

  fault(field: string, description: string): void {
    this.violations.push({ field, description });
  }

  /** A text of `min` … `max` characters, none of which steers whoever shows it. */
  text(field: string, value: string, { min, max }: { min: number; max: number }): string {
    const length = [...value].length;
    if (length < min) this.fault(field, min === 1 ? 'is required' : `must have at least ${min} characters`);
    else if (length > max) this.fault(field, `must have at most ${max} characters`);
    else if (hasSteeringCharacters(value)) {
      this.fault(field, 'must not contain control or bidirectional characters');
    }
    return value;
  }

  /** An instant in the years 1 to 9999, where there is one. */
  instant(field: string, value: Date | undefined): Date | undefined {
    if (value && !isSayableInstant(value)) this.fault(field, 'must be in the years 1 to 9999');
    return value;
  }

  /** The request id and the reason that every command carries. */
  command({ requestId, reason }: { readonly requestId: string; readonly reason: string }): {
    requestId: string;
    reason: string;
  } {
    this.text('request_id', requestId, REQUEST_ID);
    this.text('reason', reason, { min: 0, max: 512 });
    return { requestId, reason };
  }

  /** Runs a parser that throws AppError, as the fault of a field. */
  parse<T>(field: string, description: string, parser: () => T): T | undefined {
    try {
      return parser();
    } catch {
      this.fault(field, description);
      return undefined;
    }
  }

  /** Whether no fault was found so far. */
  get areFine(): boolean {
    return this.violations.length === 0;
  }

  /** Throws INVALID with all faults found so far. */
  done(): void {
    if (this.violations.length > 0) throw invalidFields(this.violations);
  }
}

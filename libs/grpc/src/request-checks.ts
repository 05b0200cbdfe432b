import { type FieldViolation, invalidFields } from '@gatehouse/kernel';

/**
 * Collects the faults of a request's fields, so that a caller hears of all at once. Each check answers the value where
 * it is usable; `done` throws INVALID when anything was not.
 */
export class RequestChecks {
  private readonly violations: FieldViolation[] = [];

  fault(field: string, description: string): void {
    this.violations.push({ field, description });
  }

  /** A text of `min` … `max` characters without control characters. */
  text(field: string, value: string, { min, max }: { min: number; max: number }): string {
    const length = [...value].length;
    if (length < min) this.fault(field, min === 1 ? 'is required' : `must have at least ${min} characters`);
    else if (length > max) this.fault(field, `must have at most ${max} characters`);
    else if (/[\u0000-\u001f\u007f]/.test(value)) this.fault(field, 'must not contain control characters');
    return value;
  }

  /** The request id and the reason that every command carries. */
  command({ requestId, reason }: { readonly requestId: string; readonly reason: string }): {
    requestId: string;
    reason: string;
  } {
    this.text('request_id', requestId, { min: 1, max: 128 });
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

  /** Throws INVALID with all faults found so far. */
  done(): void {
    if (this.violations.length > 0) throw invalidFields(this.violations);
  }
}

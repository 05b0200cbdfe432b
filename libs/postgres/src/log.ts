/** Where a library tells what an operator may want to know; pino's logger fits. */
export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

const nothing = (): void => undefined;

export const SILENT: Log = { info: nothing, warn: nothing, error: nothing };

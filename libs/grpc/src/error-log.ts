/** What the filter needs of a logger. */
export abstract class ErrorLog {
  abstract error(fields: object, message: string): void;
}

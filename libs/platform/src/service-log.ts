import { ErrorLog } from '@gatehouse/grpc/error-log';
import { type Logger, pino } from 'pino';

/** What services write to. Fields are facts, never secrets; errors go under `err`. */
export abstract class ServiceLog extends ErrorLog {
  abstract info(fields: object, message: string): void;
  abstract warn(fields: object, message: string): void;
}

/** One JSON line per entry, on standard output. */
export class PinoServiceLog extends ServiceLog {
  private readonly logger: Logger;

  constructor(service: string, level: string) {
    super();
    this.logger = pino({ level, base: { service }, timestamp: pino.stdTimeFunctions.isoTime });
  }

  info(fields: object, message: string): void {
    this.logger.info(fields, message);
  }

  warn(fields: object, message: string): void {
    this.logger.warn(fields, message);
  }

  error(fields: object, message: string): void {
    this.logger.error(fields, message);
  }
}

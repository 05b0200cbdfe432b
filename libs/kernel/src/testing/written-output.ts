import fs from 'node:fs';

/** All that this process writes to its standard output and error, by Node's streams or past them, until it is stopped. */
export class WrittenOutput {
  readonly texts: string[] = [];

  private constructor(private readonly spies: readonly jest.SpyInstance[]) {}

  /** What is written past the streams, as logs are, is kept from the console. */
  static listen(): WrittenOutput {
    const { write: writeLater, writeSync } = fs;
    const spies: jest.SpyInstance[] = [];
    const output = new WrittenOutput(spies);
    const past = (file: number, text: never, ...more: never[]): number => {
      if (file !== process.stdout.fd && file !== process.stderr.fd) return writeSync(file, text, ...more);
      output.note(text);
      return Buffer.byteLength(text);
    };
    const later = (file: number, text: never, ...more: never[]): void => {
      if (file !== process.stdout.fd && file !== process.stderr.fd) {
        return (writeLater as (...args: unknown[]) => void)(file, text, ...more);
      }
      output.note(text);
      const told = more.at(-1) as unknown as (error: null, written: number) => void;
      setImmediate(told, null, Buffer.byteLength(text));
    };
    spies.push(jest.spyOn(fs, 'writeSync').mockImplementation(past as never));
    spies.push(jest.spyOn(fs, 'write').mockImplementation(later as never));
    for (const stream of [process.stdout, process.stderr]) {
      const write = stream.write.bind(stream) as (...args: unknown[]) => boolean;
      const spied = (...args: unknown[]): boolean => {
        output.note(args[0]);
        return write(...args);
      };
      spies.push(jest.spyOn(stream, 'write').mockImplementation(spied));
    }
    return output;
  }

  stop(): void {
    for (const spy of this.spies) spy.mockRestore();
  }

  private note(text: unknown): void {
    this.texts.push(Buffer.isBuffer(text) ? text.toString() : String(text));
  }
}

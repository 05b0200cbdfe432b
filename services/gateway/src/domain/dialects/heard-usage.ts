import type { Usage } from '../usage';
import type { StreamEar } from './dialect';

/** What a stream has said of its usage, and how far its answer was then. */
export class HeardUsage {
  usage: Usage | undefined;

  private textBytes = 0;
  private atEnd = false;

  tell(
    usage: Usage,
    { textBytes, finished, ended }: Pick<StreamEar, 'textBytes' | 'finished' | 'ended'>,
  ): void {
    this.usage = usage;
    this.textBytes = textBytes;
    this.atEnd = finished || ended;
  }

  /**
   * Of an answer with so much text by now: some of it came behind what was told, or all that there is may have.
   *
   * @param isWritten something was written, which comes to more than nothing.
   */
  isPartOf(textBytes: number, isWritten: boolean): boolean {
    if (this.usage === undefined) return false;
    if (this.usage.outputTokens === 0 && isWritten) return true;
    return this.textBytes < textBytes || (textBytes === 0 && !this.atEnd);
  }
}

import type { Content } from '@gatehouse/contents';
import { AppError, type Clock } from '@gatehouse/kernel';
import type { Published } from '../../domain/publication/publication.events';
import type { ContentComposer, Contents } from './publication.ports';
import type { CatalogStream, PriceBookStream } from './publication-streams';

/** More processes than ever start at once. */
const ATTEMPTS_MAX = 10;

/**
 * Publishes what this process would compose, where it differs from what was published last. Several processes that would
 * say the same make one version of it: each composes on what stands, and who comes late finds it there.
 */
export class Publisher {
  constructor(
    private readonly stream: Pick<CatalogStream | PriceBookStream, 'last' | 'publish'>,
    private readonly composer: ContentComposer,
    private readonly contents: Contents,
    private readonly clock: Clock,
  ) {}

  /** What was published last. */
  async before(): Promise<Content | undefined> {
    const last = await this.stream.last();
    return last && this.contents.find(last.sha256);
  }

  publish(): Promise<void> {
    return this.retried(() => true);
  }

  /** The same, but for what was published last from another source: that is left alone. */
  publishAgain(): Promise<void> {
    return this.retried((last, source) => last?.source === source);
  }

  private async retried(isWanted: (last: Published | undefined, source: string) => boolean): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.attempt(isWanted);
      } catch (error) {
        const overtaken = error instanceof AppError && error.reason === 'PUBLICATION_OVERTAKEN';
        if (!overtaken || attempt >= ATTEMPTS_MAX) throw error;
      }
    }
  }

  private async attempt(isWanted: (last: Published | undefined, source: string) => boolean): Promise<void> {
    const last = await this.stream.last();
    const before = last && (await this.contents.find(last.sha256));
    if (last && !before) throw new Error(`the content ${last.sha256} was published and is not kept`);
    const at = this.clock.now();
    const version = (last?.version ?? 0n) + 1n;
    const { content, source } = this.composer.compose(version, before, at);
    if (content.sha256 === last?.sha256 || !isWanted(last, source)) return;
    // Before its event: whoever hears of a content finds it.
    await this.contents.keep(content);
    await this.stream.publish({ type: 'PublishContent', version, sha256: content.sha256, at, source });
  }
}

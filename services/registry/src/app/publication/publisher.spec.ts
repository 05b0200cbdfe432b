import { type Content, contentOf } from '@gatehouse/contents';
import { InMemoryEventStore } from '@gatehouse/event-store';
import { FixedClock } from '@gatehouse/kernel';
import { testIds } from '@gatehouse/kernel/testing';
import { ProtoEventCodecs } from '../../adapters/events/proto-event-codecs';
import { type Composed, ContentComposer, Contents } from './publication.ports';
import { PriceBookStream } from './publication-streams';
import { Publisher } from './publisher';

class InMemoryContents extends Contents {
  readonly kept = new Map<string, Content>();
  async keep(content: Content): Promise<void> {
    this.kept.set(content.sha256, content);
  }
  async find(sha256: string): Promise<Content | undefined> {
    return this.kept.get(sha256);
  }
}

/** Says what the spec tells it to. */
class ToldComposer extends ContentComposer {
  constructor(
    public says: string,
    private readonly source = 'built in',
  ) {
    super();
  }
  compose(): Composed {
    return { content: contentOf({ says: this.says }), source: this.source };
  }
  nextChange(): undefined {
    return undefined;
  }
}

describe('publishing', () => {
  const clock = new FixedClock(new Date('2030-01-01T00:00:00Z'));
  let store: InMemoryEventStore;
  let contents: InMemoryContents;
  const stream = () => new PriceBookStream(store, new ProtoEventCodecs(), testIds);
  const publisher = (composer: ContentComposer) => new Publisher(stream(), composer, contents, clock);
  const published = async () =>
    (await store.read('pricebook-published')).map(({ data }) => [data['version'], data['source']]);

  beforeEach(() => {
    store = new InMemoryEventStore(clock);
    contents = new InMemoryContents();
  });

  test('what differs is the next version, and its content is kept', async () => {
    const composer = new ToldComposer('one');
    await publisher(composer).publish();
    await publisher(composer).publish();
    composer.says = 'two';
    await publisher(composer).publish();
    expect(await published()).toEqual([
      ['1', 'built in'],
      ['2', 'built in'],
    ]);
    expect(await stream().last()).toMatchObject({ version: 2n, sha256: contentOf({ says: 'two' }).sha256 });
    expect(contents.kept.size).toBe(2);
  });

  test('what was said before the last may be said again', async () => {
    for (const says of ['one', 'two', 'one']) await publisher(new ToldComposer(says)).publish();
    expect(await published()).toHaveLength(3);
  });

  test('many that start at once make one version of it', async () => {
    await Promise.all(Array.from({ length: 8 }, () => publisher(new ToldComposer('one')).publish()));
    await Promise.all(Array.from({ length: 8 }, () => publisher(new ToldComposer('two')).publish()));
    expect(await published()).toHaveLength(2);
  });

  test('one whose time has come leaves alone what another source has said since', async () => {
    await publisher(new ToldComposer('one')).publish();
    await publisher(new ToldComposer('newer', 'elsewhere')).publish();
    await publisher(new ToldComposer('two')).publishAgain();
    expect(await published()).toHaveLength(2);
    await publisher(new ToldComposer('newest', 'elsewhere')).publishAgain();
    expect(await published()).toHaveLength(3);
  });
});

import { join } from 'node:path';
import { EventLanguage } from './event-language';
import type { Upcaster } from './event-language';
import {
  COUNTED,
  counterAggregate,
  counterLanguage,
  type Counted,
  type CountedMessage,
} from './testing/counter-aggregate';
import { checkGoldenEvent, goldenEventsContract } from './testing/golden-events.contract';

goldenEventsContract({
  language: counterLanguage,
  codecs: [counterAggregate.codec],
  directory: join(__dirname, '../fixtures/events'),
});

describe('the check of a golden event', () => {
  const stored = { type: 'Counted', version: 1, data: { count: 3 } };
  const right: Upcaster = ({ count }) => ({ by: String(count) });
  const sameAmount = ({ by }: Pick<CountedMessage, 'by'>) => ({ by });
  const check = (upcaster: Upcaster, fromMessage = sameAmount, message = COUNTED) => {
    const language = new EventLanguage({ Counted: { message, upcasters: [upcaster] } });
    const codec = language.codec<Counted>({
      Counted: { toMessage: ({ by }) => ({ count: 0, by }), fromMessage },
    });
    return () => checkGoldenEvent({ language, codec }, stored, { by: '3' });
  };

  it('is passed by an upcaster that is right', () => expect(check(right)).not.toThrow());

  it.each<[string, Upcaster]>([
    ['another amount', () => ({ by: '4' })],
    ['what was there before besides', ({ count }) => ({ by: String(count), count: count ?? 0 })],
    ['a number for a text', ({ count }) => ({ by: Number(count) })],
  ])('is failed by one that makes %s', (_, upcaster) => expect(check(upcaster)).toThrow());

  it('is failed by a domain that reads something else', () =>
    expect(check(right, ({ by }) => ({ by: by + 1n }))).toThrow());

  it('is failed by a message that has lost what an older version said', () => {
    const lossy = { ...COUNTED, fromJSON: (json: unknown) => ({ ...COUNTED.fromJSON(json), count: 0 }) };
    expect(check(right, sameAmount, lossy)).toThrow();
  });
});

describe('an event language', () => {
  it.each(['constructor', 'toString', 'Unknown'])('knows no type %s', (type) => {
    expect(() => counterLanguage.read({ type, version: 1, data: {} })).toThrow(`no event ${type}`);
    expect(() => counterAggregate.codec.decode({ type, version: 1, data: {} })).toThrow(type);
  });

  it.each([0, -1, 1.5, 3, NaN])('knows no version %p', (version) =>
    expect(() => counterLanguage.read({ type: 'Counted', version, data: { by: '1' } })).toThrow(
      `Counted@${version}`,
    ),
  );

  it('tells what the newest version says, whichever was stored', () => {
    const told = { type: 'Counted', data: { count: 0, by: 3n } };
    expect(counterLanguage.read({ type: 'Counted', version: 1, data: { count: 3 } })).toEqual(told);
    expect(counterLanguage.read({ type: 'Counted', version: 2, data: { by: '3' } })).toEqual(told);
  });
});

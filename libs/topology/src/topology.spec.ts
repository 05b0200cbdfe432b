import {
  belongsIn,
  factsOf,
  ownerOfStream,
  ownerOfTopic,
  SERVICE_NAMES,
  STREAM_EVENTS,
  TOPICS,
} from './index';

const published = SERVICE_NAMES.flatMap((name) => factsOf(name).publishes);
const streams = SERVICE_NAMES.flatMap((name) => factsOf(name).streams);

describe('the topology', () => {
  it('gives each topic one owner, and each kind of stream', () => {
    expect([...published].sort()).toEqual(Object.keys(TOPICS).sort());
    expect([...streams].sort()).toEqual(Object.keys(STREAM_EVENTS).sort());
  });

  it('knows each event in one kind of stream', () => {
    const events = Object.values(STREAM_EVENTS).flat();
    expect(new Set(events).size).toBe(events.length);
  });

  it('lets only those have streams who may append', () => {
    for (const name of SERVICE_NAMES) {
      expect([name, factsOf(name).streams.length > 0]).toEqual([name, factsOf(name).log === 'append']);
    }
  });

  it('tells whose a stream is, and what may be in it', () => {
    expect(ownerOfStream('apikey-key_1')).toBe('provisioning');
    expect(ownerOfStream('slug-org_1-a-b')).toBe('registry');
    expect(belongsIn('apikey-key_1', 'ApiKeyIssued')).toBe(true);
    expect(belongsIn('integration-int_1', 'ApiKeyIssued')).toBe(false);
  });

  it.each(['', 'apikey', 'other-1', 'constructor-', '-apikey-'])('knows no stream %p', (stream) => {
    expect(ownerOfStream(stream)).toBeUndefined();
    expect(belongsIn(stream, 'ApiKeyIssued')).toBe(false);
  });

  it('tells whose a topic is', () => {
    expect(ownerOfTopic('gatehouse.usage.v1')).toBe('gateway');
    expect(ownerOfTopic('gatehouse.other.v1')).toBeUndefined();
  });
});

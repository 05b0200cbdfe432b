import { busFault, engineAddress, speaksTls, storeFault, withoutCredentials } from './engine-address';

describe('an engine address', () => {
  it.each([
    ['kafka://kafka:9092', ['kafka:9092']],
    ['kafka://one:9092,two:9093', ['one:9092', 'two:9093']],
    ['esdb://eventstoredb:2113?tls=false', ['eventstoredb:2113']],
    ['esdb://admin:changeit@a,b:2114,c?tls=false', ['a:2113', 'b:2114', 'c:2113']],
    ['kurrentdb+discover://[::1]:2113/', ['[::1]:2113']],
  ])('%s names the hosts %j', (setting, hosts) => {
    expect(engineAddress(setting)?.hosts).toEqual(hosts);
  });

  it.each([
    'postgres',
    'esdb://',
    'esdb://a,',
    'esdb://a:port',
    'esdb://user@a',
    'esdb://u:%zz@a',
    'kafka://a',
  ])('%s is none', (setting) => {
    expect(engineAddress(setting)).toBeUndefined();
  });

  it('says who we are, decoded', () => {
    const address = engineAddress('esdb://ops%40x:a%3Ab:c%2F@a:1,b:2');
    expect(address?.credentials).toEqual({ username: 'ops@x', password: 'a:b:c/' });
    expect(engineAddress('esdb://a:1')?.credentials).toBeUndefined();
  });

  it.each([
    ['esdb://a', true],
    ['esdb://a?tls=true', true],
    ['esdb://a?tls=false', false],
    ['esdb://a?tls=false&tls=true', true],
    ['esdb://a?tls=0', true],
  ])('%s is spoken to by TLS: %p', (setting, tls) => {
    const address = engineAddress(setting);
    expect(address && speaksTls(address)).toBe(tls);
  });
});

describe('the setting of the store', () => {
  it.each([
    'postgres',
    'esdb://a:2113,b:2113,c:2113?tls=false',
    'esdb://u:p@a,b',
    'kurrentdb+discover://u:p@cluster.example',
  ])('%s is one', (setting) => expect(storeFault(setting)).toBeUndefined());

  it.each(['esdb://a:2113', 'esdb://a,b,c?tls=true', 'esdb+discover://a'])(
    '%s is none without a user: TLS asks who we are',
    (setting) => expect(storeFault(setting)).toContain('must name a user'),
  );

  it.each(['mysql://x', 'esdb://', 'kafka://a:1', 'esdb://u:secret@a:port'])('%s is none', (setting) => {
    expect(storeFault(setting)).toContain('must be postgres, or esdb://');
    expect(storeFault(setting)).not.toContain('secret');
  });
});

it('the setting of the bus is postgres or Kafka', () => {
  expect(['postgres', 'kafka://a:1,b:2'].map(busFault)).toEqual([undefined, undefined]);
  expect(busFault('esdb://a')).toContain('must be postgres, or kafka://');
});

it.each([
  ['postgres', 'postgres'],
  ['esdb://u:p@a:1,b:2?tls=true', 'esdb://a:1,b:2?tls=true'],
  ['esdb+discover://u:p/q?@a:1', 'esdb+discover://a:1'],
  ['kafka://a:1', 'kafka://a:1'],
])('%s may be shown as %s', (setting, shown) => expect(withoutCredentials(setting)).toBe(shown));

import { engineHosts } from './engine-hosts';

describe('engineHosts', () => {
  it.each([
    ['postgres', []],
    ['kafka://kafka:9092', ['kafka:9092']],
    ['kafka://one:9092,two:9093', ['one:9092', 'two:9093']],
    ['esdb://eventstoredb:2113?tls=false', ['eventstoredb:2113']],
    ['esdb://admin:changeit@eventstoredb?tls=false', ['eventstoredb:2113']],
    ['kurrentdb+discover://[::1]:2113/', ['[::1]:2113']],
  ])('of %s are %j', (setting, hosts) => {
    expect(engineHosts(setting)).toEqual(hosts);
  });
});

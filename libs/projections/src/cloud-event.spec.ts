import { position, revision, type RecordedEvent } from '@gatehouse/event-store';
import fc from 'fast-check';
import { fromBusMessage, toBusMessage, toJsonMessage } from './cloud-event';
import { slugEvent } from './testing/slug-projection';

const recorded: RecordedEvent = {
  ...slugEvent('slug-a', 'a'),
  stream: 'slug-a',
  revision: revision(3n),
  position: position(9_007_199_254_740_993n),
  recordedAt: new Date('2026-03-01T12:00:00.123Z'),
};

describe('an event on the bus', () => {
  it('is a CloudEvent in binary mode', () => {
    const { key, headers } = toBusMessage(recorded, '/gatehouse/registry');
    expect(key).toBe('slug-a');
    expect(headers).toMatchObject({
      'content-type': 'application/protobuf',
      ce_specversion: '1.0',
      ce_id: recorded.id,
      ce_type: 'SlugReserved',
      ce_source: '/gatehouse/registry',
      ce_subject: 'slug-a',
      ce_time: '2026-03-01T12:00:00.123Z',
      ce_dataschema: 'gatehouse.events.v1.SlugReserved',
      ce_partitionkey: 'slug-a',
      ce_reason: 'f%C3%BCr%20%22a%22%20100%20%25',
      ce_actoraddress: '2001:db8::1',
      ce_causationid: '',
    });
  });

  it('has header names as CloudEvents allow: lower-case letters and digits', () => {
    const names = Object.keys(toBusMessage(recorded, '/s').headers).filter((name) => name !== 'content-type');
    expect(names.every((name) => /^ce_[a-z0-9]{1,20}$/.test(name))).toBe(true);
  });

  it('comes back whole', () => {
    expect(fromBusMessage(toBusMessage(recorded, '/s'))).toEqual(recorded);
    expect(fromBusMessage(toJsonMessage(recorded, '/s'))).toEqual(recorded);
  });

  it('comes back whole whatever people write', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }), (reason, slug) => {
        const event = {
          ...recorded,
          data: { ...recorded.data, slug },
          metadata: { ...recorded.metadata, reason },
        };
        const message = toBusMessage(event, '/s');
        expect(Object.values(message.headers).every((text) => /^[\x21-\x7e]*$/.test(text))).toBe(true);
        expect(fromBusMessage(message).metadata.reason).toBe(reason);
      }),
    );
  });

  it('refuses an event that is not of the published language', () => {
    expect(() => toBusMessage({ ...recorded, type: 'Unheard' }, '/s')).toThrow('no event Unheard');
  });

  it.each(['ce_id', 'ce_type', 'ce_revision', 'ce_organization', 'content-type'])(
    'refuses a message without %s',
    (name) => {
      const { headers, ...rest } = toBusMessage(recorded, '/s');
      const { [name]: _gone, ...others } = headers;
      expect(() => fromBusMessage({ ...rest, headers: others })).toThrow(`no header ${name}`);
    },
  );

  it.each([
    ['ce_specversion', '0.3', 'not a CloudEvent'],
    ['ce_time', 'yesterday', 'ce_time'],
    ['ce_dataversion', '0', 'ce_dataversion'],
    ['ce_revision', 'x', 'Cannot convert x to a BigInt'],
    ['ce_actorkind', 'nobody', 'ce_actorkind'],
    ['ce_type', 'Unheard', 'Unheard'],
    ['content-type', 'text/plain', 'content-type text/plain'],
    ['ce_reason', '%', 'URI malformed'],
  ])('refuses %s: %s', (name, text, complaint) => {
    const message = toBusMessage(recorded, '/s');
    expect(() => fromBusMessage({ ...message, headers: { ...message.headers, [name]: text } })).toThrow(
      complaint,
    );
  });

  it('refuses bytes that are not the message', () => {
    const message = toBusMessage(recorded, '/s');
    expect(() => fromBusMessage({ ...message, value: Buffer.from([0xff, 0xff, 0xff]) })).toThrow(
      'premature EOF',
    );
  });
});

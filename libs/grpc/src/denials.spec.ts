import { FixedClock } from '@gatehouse/kernel';
import { status } from '@grpc/grpc-js';
import { denialReason, Denials } from './denials';

const denial = { rpc: '/x.Y/Z', address: '127.0.0.1:1', caller: 'unknown', reason: 'CREDENTIALS_UNKNOWN' };

describe('Denials', () => {
  it('writes a line each, bounded in rate, and says how many were left out', () => {
    const clock = new FixedClock(new Date('2030-01-01T00:00:00Z'));
    const lines: object[] = [];
    const denials = new Denials({ warn: (fields) => void lines.push(fields) }, clock);
    for (let n = 0; n < 2_000; n++) denials.note(denial);
    expect(lines).toEqual(Array.from({ length: 20 }, () => denial));
    clock.advance(1_000);
    for (let n = 0; n < 100; n++) denials.note(denial);
    expect(lines).toHaveLength(25);
    expect(lines[20]).toEqual({ ...denial, leftOut: 1_980 });
    expect(lines[21]).toEqual(denial);
  });
});

describe('denialReason', () => {
  it.each([
    [status.UNAUTHENTICATED, 'UNAUTHENTICATED: CREDENTIALS_MISSING', 'CREDENTIALS_MISSING'],
    [status.PERMISSION_DENIED, 'FORBIDDEN: PERMISSION_DENIED', 'PERMISSION_DENIED'],
    [status.RESOURCE_EXHAUSTED, 'Received message larger than max', 'RESOURCE_EXHAUSTED'],
    [status.INVALID_ARGUMENT, 'INVALID: COMPRESSION_REFUSED', 'COMPRESSION_REFUSED'],
    [status.UNAVAILABLE, 'UNAVAILABLE: TOO_MANY_CALLS', 'TOO_MANY_CALLS'],
    [status.INVALID_ARGUMENT, 'INVALID: REQUEST_INVALID; name: is required', undefined],
    [status.NOT_FOUND, 'NOT_FOUND: KEY_UNKNOWN', undefined],
    [status.OK, '', undefined],
  ])('of %p %p is %p', (code, details, reason) => expect(denialReason({ code, details })).toBe(reason));
});

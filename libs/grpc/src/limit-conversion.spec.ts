import { limitId } from '@gatehouse/kernel';
import { typeV1 } from '@gatehouse/proto-gen';
import { fromProtoLimits, fromRecordedLimit, toProtoLimit } from './limit-conversion';
import { RequestChecks } from './request-checks';

const hourly = (name?: string) =>
  typeV1.Limit.fromPartial({
    ...{ id: `lim_${'a'.repeat(26)}`, name },
    kind: {
      $case: 'rateLimit',
      value: { unit: typeV1.RateUnit.REQUESTS, window: typeV1.RateWindow.HOUR, quota: 5n },
    },
  });

it.each([['Ours'], [undefined]])('a limit that is called %p is recorded so', (name) => {
  const [spec] = fromProtoLimits([hourly(name)], new RequestChecks());
  expect(spec?.name).toBe(name);
  const recorded = toProtoLimit({ ...spec!, id: limitId(hourly().id) });
  expect(recorded).toEqual(hourly(name));
  expect(toProtoLimit(fromRecordedLimit(recorded, new RequestChecks()))).toEqual(recorded);
});

it.each(['', 'a'.repeat(101), 'a\nb'])('a limit is not called %p', (name) => {
  const checks = new RequestChecks();
  fromProtoLimits([hourly(name)], checks);
  expect(() => checks.done()).toThrow('REQUEST_INVALID');
});

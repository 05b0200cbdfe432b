import { auditV1 } from '@gatehouse/proto-gen';
import { toRestChange } from './history-conversion';

const changesOf = (data: object, before: object) =>
  toRestChange(
    {
      event: { ...auditV1.Event.create(), dataJson: JSON.stringify(data) },
      beforeJson: JSON.stringify(before),
      beforeUnknown: false,
    },
    new Map(),
  ).changes;

it('tells what is from then on, what was before, and what was taken away', () => {
  expect(changesOf({ name: 'b', icon: 'i' }, { name: 'a', limits: ['1'], required: true })).toEqual([
    { field: 'name', before: 'a', after: 'b' },
    { field: 'icon', before: null, after: 'i' },
    { field: 'limits', before: ['1'], after: null },
    { field: 'required', before: true, after: null },
  ]);
});

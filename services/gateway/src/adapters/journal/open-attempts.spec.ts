import type { Attempt } from '../../app/gateway.ports';
import { OpenAttempts } from './open-attempts';

const attempt = (requestId: string, number = 1): Attempt =>
  ({ record: { requestId, attempt: number }, charges: [] }) as unknown as Attempt;

describe('OpenAttempts', () => {
  const namesIn = (opened: OpenAttempts): string[] =>
    opened.all.map(({ record }) => `${record.requestId}.${record.attempt}`);

  it('has what was opened and not settled, in the order in which it was opened', () => {
    const opened = new OpenAttempts();
    // More than there are lists, so that lists have several.
    const ids = Array.from({ length: 5_000 }, (_, index) => `req_${(index * 7_919) % 5_000}`);
    for (const id of ids) opened.add(attempt(id));
    expect(namesIn(opened)).toEqual(ids.map((id) => `${id}.1`));
    const settled = new Set(ids.filter((_, index) => index % 3 === 0));
    for (const requestId of settled) opened.remove({ requestId, attempt: 1 });
    expect(namesIn(opened)).toEqual(ids.filter((id) => !settled.has(id)).map((id) => `${id}.1`));
  });

  it('tells the attempts of a request apart, and has one of a name', () => {
    const opened = new OpenAttempts();
    const again = attempt('a');
    for (const one of [attempt('a'), attempt('a', 2), again]) opened.add(one);
    expect(namesIn(opened)).toEqual(['a.2', 'a.1']);
    expect(opened.all[1]).toBe(again);
    opened.remove({ requestId: 'a', attempt: 2 });
    opened.remove({ requestId: 'b', attempt: 1 });
    expect(namesIn(opened)).toEqual(['a.1']);
  });

  it('finds an attempt by its name', () => {
    const opened = new OpenAttempts();
    const [first, second] = [attempt('a'), attempt('a', 2)];
    for (const one of [first, second]) opened.add(one);
    expect(opened.find({ requestId: 'a', attempt: 1 })).toBe(first);
    expect(opened.find({ requestId: 'a', attempt: 2 })).toBe(second);
    expect(opened.find({ requestId: 'a', attempt: 3 })).toBe(undefined);
  });
});

import { type Placed, UnderWay } from './under-way';

describe('UnderWay', () => {
  const named = (name: string): Placed & { readonly name: string } => ({ name, place: -1 });
  const namesIn = (all: UnderWay<ReturnType<typeof named>>): string[] =>
    all.now.map(({ name }) => name).sort();

  it('has what was added and not removed, in whatever order they leave', () => {
    const all = new UnderWay<ReturnType<typeof named>>();
    const [a, b, c, d] = ['a', 'b', 'c', 'd'].map(named) as [never, never, never, never];
    for (const one of [a, b, c, d]) all.add(one);
    all.remove(b);
    expect(namesIn(all)).toEqual(['a', 'c', 'd']);
    all.remove(d);
    all.remove(a);
    expect([namesIn(all), all.size]).toEqual([['c'], 1]);
    all.add(b);
    all.remove(c);
    expect(namesIn(all)).toEqual(['b']);
  });

  it('does not mind what is removed twice, or never was there', () => {
    const all = new UnderWay<ReturnType<typeof named>>();
    const [a, b] = [named('a'), named('b')];
    all.add(a);
    all.remove(b);
    all.remove(a);
    all.remove(a);
    expect(all.size).toBe(0);
  });

  it('goes on with those of a moment while they leave', () => {
    const all = new UnderWay<ReturnType<typeof named>>();
    for (const name of ['a', 'b', 'c']) all.add(named(name));
    for (const one of all.now) all.remove(one);
    expect(all.size).toBe(0);
  });
});

import { Silence } from './silence';

describe('the silence of a worker', () => {
  const looksOf = (silence: Silence): number => {
    let looks = 1;
    while (!silence.look()) looks++;
    return looks;
  };

  it('lasts too long at ten looks in a row', () => {
    const silence = new Silence();
    silence.heard();
    for (let look = 1; look < 10; look++) expect(silence.look()).toBe(false);
    silence.heard();
    expect(looksOf(silence)).toBe(10);
  });

  it('may last longer before it is first heard, and not for ever', () => {
    const silence = new Silence();
    expect(looksOf(silence)).toBe(60);
    silence.heard();
    expect(looksOf(silence)).toBe(10);
  });
});

import { Engines } from './engines';

const { store, bus, missing } = Engines.chosen;

/** Stands for all suites where an engine cannot be had. */
describe.skip(`the whole product on store ${store} and bus ${bus} (${missing})`, () => {
  it('keeps its promises', () => undefined);
});

import { Ids } from '../ids';

/** Ids under a secret that everybody knows. */
export const testIds = new Ids(new Uint8Array(32).fill(5));

export { type Cell, ConformanceDocument } from './conformance-document';
export { given } from './given';
export { SeededRandom } from './seeded-random';
export { isProof, rounds, shareOf } from './share';
export { testIds } from './test-ids';
export { eventually, until } from './wait';
export { WrittenOutput } from './written-output';

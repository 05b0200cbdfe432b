export { given } from './given';
export { testIds } from './test-ids';
export { eventually, until } from './wait';
export { WrittenOutput } from './written-output';

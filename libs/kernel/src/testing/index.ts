export { given } from './given';
export { testIds } from './test-ids';

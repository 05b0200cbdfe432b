export { keyNamed } from './key-named';

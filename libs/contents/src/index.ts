export { contentOf, openContent } from './content';
export type { Content } from './content';

export { RoutedTransport } from './routed-transport';
export { TokenServer } from './token-server';
export type { Answer, Answered, Asked } from './token-server';

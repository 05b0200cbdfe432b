export { dumpProjection } from './dump-projection';

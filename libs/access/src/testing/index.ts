export { keyNamed } from './key-named';
export { FORGED_GRANTS, matrixGrants, permissionFaults } from './permission-matrix';
export type { MatrixGrant, MatrixKey, MatrixOptions, MatrixTarget, MatrixTargets } from './permission-matrix';

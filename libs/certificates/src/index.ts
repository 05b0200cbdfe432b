export { makeAuthority, makeCertificate } from './certificates';
export type { CertificateSubject, CertifiedKey, Validity } from './certificates';

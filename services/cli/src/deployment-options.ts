import { AppError } from '@gatehouse/kernel';
import type { typeV1 } from '@gatehouse/proto-gen';

const PARTS: Readonly<Record<string, 'alias' | 'deploymentName' | 'apiVersion' | 'model'>> = {
  alias: 'alias',
  deployment: 'deploymentName',
  version: 'apiVersion',
  model: 'model',
};

/** `alias=A,deployment=D,version=V,model=M[,default]`, in any order; the server checks what is missing. */
export const parseDeployment = (text: string): typeV1.Deployment => {
  const deployment = { alias: '', deploymentName: '', apiVersion: '', model: '', isDefault: false };
  for (const part of text.split(',')) {
    const at = part.indexOf('=');
    const name = PARTS[part.slice(0, Math.max(at, 0))];
    if (part === 'default') deployment.isDefault = true;
    else if (name === undefined || deployment[name] !== '') throw malformed(text);
    else deployment[name] = part.slice(at + 1);
  }
  return deployment;
};

const malformed = (text: string): AppError =>
  new AppError('INVALID', 'DEPLOYMENT_MALFORMED', {
    metadata: { text, expected: 'alias=A,deployment=D,version=V,model=M[,default]' },
  });

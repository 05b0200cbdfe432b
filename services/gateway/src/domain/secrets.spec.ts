import * as fc from 'fast-check';
import { Secrets } from './secrets';

describe('Secrets', () => {
  it('leaves nothing of a secret in any text around it', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 8 }), fc.string(), fc.string(), (secret, before, after) => {
        const secrets = new Secrets([secret]);
        const forms = [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)];
        const clean = secrets.redact(Buffer.from(before + forms.join(' ') + after));
        fc.pre(!'[redacted]'.includes(secret));
        expect(secrets.occurIn(clean)).toBe(false);
      }),
    );
  });

  it('answers the same buffer when there is nothing to hide', () => {
    const bytes = Buffer.from('nothing here');
    expect(new Secrets(['sk-0123456789', '']).redact(bytes)).toBe(bytes);
  });

  it('is found in an answer though it is too short to be redacted there', () => {
    const secrets = new Secrets(['EMPTY', 'sk-0123456789']);
    expect(secrets.shortOccurIn(Buffer.from('your key EMPTY is wrong'))).toBe(true);
    expect(secrets.shortOccurIn(Buffer.from('your key sk-0123456789 is wrong'))).toBe(false);
  });

  it('forgets', () => {
    const secrets = new Secrets(['sk-0123456789']);
    secrets.drop();
    expect(secrets.occurInText('sk-0123456789')).toBe(false);
  });
});

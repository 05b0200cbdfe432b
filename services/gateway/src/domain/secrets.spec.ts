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

  it('knows when it is too short to be told from other text', () => {
    expect(new Secrets(['short']).short).toBe(true);
    expect(new Secrets([]).short).toBe(false);
  });

  it('forgets', () => {
    const secrets = new Secrets(['sk-0123456789']);
    secrets.drop();
    expect(secrets.occurInText('sk-0123456789')).toBe(false);
  });
});

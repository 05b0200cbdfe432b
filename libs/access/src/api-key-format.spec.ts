import { apiKeyId, deriveId } from '@gatehouse/kernel';
import { ApiKeyFormat } from './api-key-format';

const format = new ApiKeyFormat(new Uint8Array(32).fill(7));
const key = format.compose(apiKeyId(deriveId('key', 'a')), new Uint8Array(32).fill(3));
const body = key.slice(0, -13);

describe('ApiKeyFormat', () => {
  it('is for ever: this key was issued under this pepper', () => {
    expect(key).toBe(
      'gh_220azzhpdrs986ema71f29hnqm_AwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwM_h9XKHIo4AnMR',
    );
    expect(format.formOf(key)).toBe('checked');
  });

  it('goes on taking keys of the older form, which carry no check value', () => {
    expect(format.formOf(body)).toBe('unchecked');
    // A secret may itself hold what separates the parts.
    expect(format.formOf(`${body.slice(0, 30)}${'_'.repeat(43)}`)).toBe('unchecked');
  });

  it('tells what was never issued here', () => {
    const other = new ApiKeyFormat(new Uint8Array(32).fill(8));
    expect(other.formOf(key)).toBe('foreign');
    const changed = key.split('').map((char, index) => {
      const next = char === '0' ? '1' : '0';
      return key.slice(0, index) + next + key.slice(index + 1);
    });
    expect([...new Set(changed.map((one) => format.formOf(one)))]).toEqual(['foreign']);
    for (const text of ['', 'gh_x', `${key}x`, `${key}\n`, key.slice(0, -1), `x${key}`, 'x'.repeat(10_000)]) {
      expect([text, format.formOf(text)]).toEqual([text, 'foreign']);
    }
  });
});

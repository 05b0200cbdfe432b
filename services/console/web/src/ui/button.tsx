import type { ButtonHTMLAttributes } from 'react';

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  readonly kind?: 'primary' | 'plain' | 'danger' | 'bare';
  /** What it asked for is under way: it cannot be pressed again. */
  readonly busy?: boolean;
}

export const Button = ({ kind = 'plain', busy = false, type = 'button', ...rest }: ButtonProps) => (
  <button
    {...rest}
    type={type}
    className={`button ${kind}`}
    disabled={rest.disabled === true || busy}
    aria-busy={busy}
  />
);

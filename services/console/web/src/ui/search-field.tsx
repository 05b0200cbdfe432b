import { useEffect, useRef, useState } from 'react';

interface SearchFieldProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
}

const PAUSE_MS = 250;

/** Says what is typed once typing pauses. */
export const SearchField = ({ label, value, onChange }: SearchFieldProps) => {
  const [typed, setTyped] = useState(value);
  const said = useRef(value);
  const tell = useRef(onChange);
  tell.current = onChange;

  // What the address says where somebody went back.
  useEffect(() => {
    if (value === said.current) return;
    said.current = value;
    setTyped(value);
  }, [value]);

  useEffect(() => {
    if (typed === said.current) return undefined;
    const { pathname } = window.location;
    const timer = setTimeout(() => {
      // Whoever has gone on, to a page that is still being loaded, is not called back.
      if (window.location.pathname !== pathname) return;
      said.current = typed;
      tell.current(typed);
    }, PAUSE_MS);
    return () => clearTimeout(timer);
  }, [typed]);

  return (
    <input
      type="search"
      className="search"
      aria-label={label}
      placeholder={label}
      value={typed}
      onChange={(event) => setTyped(event.target.value)}
      // Where it is in a form, it is not what sends it.
      onKeyDown={(event) => event.key === 'Enter' && event.preventDefault()}
    />
  );
};

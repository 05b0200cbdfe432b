import { useEffect, useState } from 'react';

const PAUSE_MS = 300;

/** What was typed last, once typing pauses. */
export const useAfterPause = (value: string): string => {
  const [paused, setPaused] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setPaused(value), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return paused;
};

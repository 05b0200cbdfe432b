import { useEffect } from 'react';

/** Of the tab and of the browser's history. */
export const useTitle = (title: string): void => {
  useEffect(() => {
    document.title = `${title} · Gatehouse`;
  }, [title]);
};

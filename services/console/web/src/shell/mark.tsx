/** The product's sign. */
export const Mark = () => (
  <svg className="mark" viewBox="0 0 16 16" aria-hidden="true">
    <path d="M1 15V5l7-4 7 4v10h-4V9a3 3 0 0 0-6 0v6z" />
  </svg>
);

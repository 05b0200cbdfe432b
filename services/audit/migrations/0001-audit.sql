-- Bookkeeping of audit's projections. The history itself has a schema of its own, which the service makes and swaps.

CREATE SCHEMA audit;
GRANT USAGE, CREATE ON SCHEMA audit TO gatehouse_audit;

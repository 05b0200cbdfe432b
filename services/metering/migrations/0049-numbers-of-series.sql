-- Numbers of series were taken for series that were there already, and may be used up where metadata is plenty: those below zero come next.
-- Now each series takes one, and four thousand million are more than a table of their texts could hold: they stay integers, in counters that
-- would else be written anew while nobody could count. Locks the sequence alone, for a moment.
ALTER SEQUENCE metering.usage_series_series_id_seq MINVALUE -2147483648 CYCLE;

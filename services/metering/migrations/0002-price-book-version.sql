-- A record names the price book that was in force when its rates were taken. Records from before keep theirs: none.

ALTER TABLE metering.usage_record ADD COLUMN price_book_version bigint CHECK (price_book_version >= 1);

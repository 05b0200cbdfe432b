-- Counters are added up anew from their records; those that count nothing go.
GRANT DELETE ON metering.usage_minute, metering.usage_hour, metering.usage_day TO gatehouse_metering;

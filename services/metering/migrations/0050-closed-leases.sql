-- What is forgotten of leases is found by when they were closed, where all of them were read every second. That changes once, as a lease closes,
-- which has all its indexes written anyway, as its status is in the condition of one; a deadline changes with every report, and stays in none.
-- Nobody writes leases while the index is made: 0.7 s for 400,000 of them.

-- Of those that were closed before this was kept.
UPDATE metering.held_lease SET closed_at = least(deadline, now()) WHERE status = 'closed' AND closed_at IS NULL;

CREATE INDEX held_lease_closed ON metering.held_lease (closed_at) WHERE status = 'closed';

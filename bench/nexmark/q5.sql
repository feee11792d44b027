WITH counts AS (
    SELECT auction, starts, count(*) AS bids
    FROM (
        -- The five windows that a bid is in.
        SELECT auction, time_bucket(INTERVAL 2 SECONDS, dateTime) - INTERVAL 2 SECONDS * step AS starts
        FROM bid, range(5) steps(step)
    )
    GROUP BY ALL
)
SELECT auction, starts, starts + INTERVAL 10 SECONDS AS ends, bids
FROM counts
WHERE bids = (SELECT max(others.bids) FROM counts others WHERE others.starts = counts.starts)

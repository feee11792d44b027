SELECT bidder, count(*) AS bids, min(dateTime) AS starts, max(dateTime) + INTERVAL 10 SECONDS AS ends
FROM (
    -- A sitting has as many beginnings before or at each of its bids as every other of its bids.
    SELECT *, sum(begins) OVER (PARTITION BY bidder ORDER BY dateTime RANGE UNBOUNDED PRECEDING) AS sitting
    FROM (
        SELECT *, coalesce(
            dateTime - lag(dateTime) OVER (PARTITION BY bidder ORDER BY dateTime) >= INTERVAL 10 SECONDS, true
        )::INTEGER AS begins
        FROM bid
    )
)
GROUP BY bidder, sitting

-- Of bids of the same price the earlier, then the one that is less by its columns, as `top` has it.
SELECT auction, rank, bidder, price, channel, url, dateTime AS date_time, extra
FROM (
    SELECT *, row_number() OVER (
        PARTITION BY auction, dateTime::DATE ORDER BY price DESC, dateTime, bidder, channel, url, extra) AS rank
    FROM bid
)
WHERE rank <= 10

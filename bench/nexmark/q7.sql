SELECT auction, price, bidder, dateTime AS date_time, extra
FROM bid JOIN (
    SELECT time_bucket(INTERVAL 10 SECONDS, dateTime) AS starts, max(price) AS highest FROM bid GROUP BY starts
) ON price = highest AND time_bucket(INTERVAL 10 SECONDS, dateTime) = starts

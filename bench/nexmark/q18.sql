-- Of bids of the same millisecond the one that `top` names: the least by its columns.
SELECT auction, bidder, price, channel, url, dateTime AS date_time, extra
FROM bid
QUALIFY row_number() OVER (
    PARTITION BY bidder, auction, dateTime::DATE ORDER BY dateTime DESC, price, channel, url, extra) = 1

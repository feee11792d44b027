SELECT a.id, a.itemName AS item, a.seller, a.category, a.dateTime AS opened, a.expires, b.bidder, b.price,
    b.dateTime AS bid_at, b.extra AS bid_extra
FROM auction a JOIN bid b ON a.id = b.auction AND b.dateTime BETWEEN a.dateTime AND a.expires
QUALIFY row_number() OVER (PARTITION BY a.id ORDER BY b.price DESC, b.dateTime, b.bidder, b.extra) = 1

SELECT a.id, b.bidder, b.price, b.channel, b.url, b.dateTime AS bid_at, b.extra AS bid_extra, a.itemName AS item,
    a.description, a.initialBid AS first_bid, a.reserve, a.dateTime AS opened, a.expires, a.seller, a.extra
FROM bid b JOIN auction a ON b.auction = a.id
WHERE a.category = 10

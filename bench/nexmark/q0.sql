SELECT auction, bidder, price, dateTime AS date_time, extra FROM bid

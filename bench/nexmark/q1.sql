SELECT auction, bidder, 0.908::DOUBLE * price AS price, dateTime AS date_time, extra FROM bid

SELECT auction, bidder, price, dateTime AS date_time, value
FROM bid JOIN side_input ON (auction % 10000)::VARCHAR = key

-- The events as three tables; DuckDB reads `$events`.
CREATE TABLE event AS
SELECT * FROM read_json($events, format = 'newline_delimited', columns = {
    event_type: 'BIGINT',
    person: 'STRUCT(id BIGINT, "name" VARCHAR, emailAddress VARCHAR, creditCard VARCHAR, city VARCHAR, state VARCHAR,
        dateTime TIMESTAMP, extra VARCHAR)',
    auction: 'STRUCT(id BIGINT, itemName VARCHAR, description VARCHAR, initialBid BIGINT, reserve BIGINT,
        dateTime TIMESTAMP, expires TIMESTAMP, seller BIGINT, category BIGINT, extra VARCHAR)',
    bid: 'STRUCT(auction BIGINT, bidder BIGINT, price BIGINT, channel VARCHAR, url VARCHAR, dateTime TIMESTAMP,
        extra VARCHAR)'
});
CREATE VIEW person AS SELECT unnest(person) FROM event WHERE event_type = 0;
CREATE VIEW auction AS SELECT unnest(auction) FROM event WHERE event_type = 1;
CREATE VIEW bid AS SELECT unnest(bid) FROM event WHERE event_type = 2;
CREATE TABLE side_input AS SELECT * FROM read_csv($lookup, all_varchar = true);

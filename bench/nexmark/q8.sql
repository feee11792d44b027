SELECT p.id, p.name, p.starts
FROM (SELECT id, name, time_bucket(INTERVAL 10 SECONDS, dateTime) AS starts FROM person) p
SEMI JOIN (SELECT seller, time_bucket(INTERVAL 10 SECONDS, dateTime) AS starts FROM auction) a
ON p.id = a.seller AND p.starts = a.starts
